import { t } from '@lingui/core/macro'
import { useId, useState } from 'react'
import { cx } from '@/lib/cx'
import { isObject, parseJson, type Json, type JsonObject } from '@/lib/json'
import { isRequired, kindOf, properties, type Schema } from './schema'

type Props = {
  schema: Schema
  value: Json | undefined
  onChange: (value: Json | undefined) => void
  name: string
  required?: boolean
  autoFocus?: boolean
}

const BOX = 'field mt-0.5 block w-full px-2 py-1 max-sm:min-h-9'

/** Controls for a value by its schema; members that the schema does not name are left as they are. */
export function SchemaForm({ schema, value, onChange, name, required = false, autoFocus = false }: Props) {
  if (kindOf(schema) !== 'object') return <Leaf {...{ schema, value, onChange, name, required, autoFocus }} />
  const held: JsonObject = isObject(value) ? value : {}
  const set = (key: string, next: Json | undefined): void => {
    const { [key]: _gone, ...others } = held
    onChange(next === undefined ? others : { ...held, [key]: next })
  }
  return (
    <fieldset className="min-w-0 space-y-2">
      <legend className="text-s font-medium">{name}</legend>
      <div className="space-y-2 border-l border-line pl-2.5">
        {properties(schema).map(([key, part], i) => (
          <SchemaForm
            key={key}
            schema={part}
            value={held[key]}
            onChange={(next) => set(key, next)}
            name={key}
            required={isRequired(schema, key)}
            autoFocus={autoFocus && i === 0}
          />
        ))}
      </div>
    </fieldset>
  )
}

function Leaf({ schema, value, onChange, name, required, autoFocus }: Props) {
  const id = useId()
  const help = typeof schema.description === 'string' ? schema.description : null
  return (
    <div>
      <label htmlFor={id} className="text-s">
        {typeof schema.title === 'string' ? schema.title : name}
        {required ? <span className="text-ink-3"> {t`(needed)`}</span> : null}
      </label>
      <Control id={id} schema={schema} value={value} onChange={onChange} autoFocus={autoFocus ?? false} />
      {help ? <p className="text-xs text-ink-3">{help}</p> : null}
    </div>
  )
}

type ControlProps = Pick<Props, 'schema' | 'value' | 'onChange'> & { id: string; autoFocus: boolean }

function Control({ id, schema, value, onChange, autoFocus }: ControlProps) {
  const kind = kindOf(schema)
  // The form opens because someone asked to edit.
  const focus = { id, autoFocus }
  if (kind === 'text' && (value == null || typeof value === 'string')) {
    const rows = Math.min(8, (value ?? '').split('\n').length + (value && value.length > 80 ? 1 : 0))
    return (
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      <textarea
        {...focus}
        rows={rows}
        className={cx(BOX, 'resize-y')}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      />
    )
  }
  if (kind === 'choice' || kind === 'boolean') {
    const choices = kind === 'boolean' ? [true, false] : (schema.enum as Json[])
    const at = choices.findIndex((one) => JSON.stringify(one) === JSON.stringify(value))
    return (
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      <select
        {...focus}
        className={BOX}
        value={at}
        onChange={(event) => onChange(choices[Number(event.target.value)])}
      >
        <option value={-1}>{value === undefined ? '–' : t`(another value)`}</option>
        {choices.map((one, i) => (
          <option key={JSON.stringify(one)} value={i}>
            {typeof one === 'string' ? one : JSON.stringify(one)}
          </option>
        ))}
      </select>
    )
  }
  if ((kind === 'number' || kind === 'integer') && (value == null || typeof value === 'number'))
    return (
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      <input
        {...focus}
        type="number"
        step={kind === 'integer' ? 1 : 'any'}
        className={BOX}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.valueAsNumber)}
      />
    )
  return <JsonBox {...focus} value={value} onChange={onChange} />
}

/** A value of no simple type, as JSON; what does not read yet changes nothing. */
function JsonBox({ id, autoFocus, value, onChange }: Omit<ControlProps, 'schema'>) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2))
  const read = text.trim() === '' ? ({ ok: true, value: undefined } as const) : parseJson(text)
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
      <textarea
        id={id}
        autoFocus={autoFocus}
        rows={Math.min(8, text.split('\n').length)}
        spellCheck={false}
        aria-invalid={!read.ok}
        className={cx(BOX, 'resize-y font-mono text-[11.5px]/[17px]', !read.ok && 'border-worse')}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          const next = event.target.value.trim() === '' ? null : parseJson(event.target.value)
          if (!next) onChange(undefined)
          else if (next.ok) onChange(next.value)
        }}
      />
      {read.ok ? null : (
        <p role="alert" className="text-xs text-worse">
          {t`Line ${read.line}, column ${read.column}: ${read.message}`}
        </p>
      )}
    </>
  )
}
