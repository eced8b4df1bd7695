import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useContext, useId, useState, type KeyboardEvent } from 'react'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { MOD } from '@/lib/hotkeys'
import { isObject, type Json } from '@/lib/json'
import type { EditableField, RowEdit } from './api'
import { readEditor, readForm, startMode, toEditorText, type EditMode, type Read } from './field-text'
import { kindOf, misfits, SchemasContext, type Schema, type SchemaField } from './schema'
import { SchemaForm } from './schema-form'

type Props = {
  field: EditableField
  title: string
  value: Json | undefined
  onSave: (edit: RowEdit) => void
  onCancel: () => void
  autoFocus?: boolean
}

const HINT: Record<EditableField, string> = {
  input: t`What the task is given`,
  expected: t`What a good answer is`,
  metadata: '{ "tier": "pro" }',
  tags: 'regression, from-support',
}

/** Edit one field as text or JSON. Nothing is saved while it does not read. */
export function FieldEditor({ field, title, value, onSave, onCancel, autoFocus = false }: Props) {
  const schema = useContext(SchemasContext)[field as SchemaField]
  const written = startMode(field, value)
  const [mode, setMode] = useState<EditMode>(schema && fits(schema, value) ? 'form' : written)
  const [text, setText] = useState(() => toEditorText(field, value, written))
  const [draft, setDraft] = useState<Json | undefined>(value ?? undefined)
  const [touched, setTouched] = useState(false)
  const id = useId()
  const form = mode === 'form' && schema !== undefined
  const read: Read = form ? readForm(field, draft) : readEditor(field, text, mode)
  const said = read.ok ? (Object.values(read.edit)[0] as Json | undefined) : undefined
  const changed = form
    ? JSON.stringify(draft ?? null) !== JSON.stringify(value ?? null)
    : text !== toEditorText(field, value, mode) || mode !== written
  const unfit = schema && read.ok ? misfits(schema, said) : []

  function save(): void {
    setTouched(true)
    if (!read.ok) return
    if (changed) onSave(read.edit)
    else onCancel()
  }

  function switchTo(next: EditMode): void {
    if (next === mode) return
    if (next === 'form') setDraft(said ?? undefined)
    else if (form) setText(toEditorText(field, draft, next))
    else if (next === 'json')
      setText(
        JSON.stringify(mode === 'text' && read.ok ? (Object.values(read.edit)[0] ?? null) : text, null, 2),
      )
    else if (read.ok) setText(toEditorText(field, Object.values(read.edit)[0] as Json, 'text'))
    setMode(next)
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault()
      save()
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      onCancel()
    }
  }

  return (
    <div>
      <div className="mb-1 flex items-center gap-2">
        {form ? null : (
          <label htmlFor={id} className="text-s font-medium">
            {title}
          </label>
        )}
        <span className="flex-1" />
        <ModeSwitch
          mode={mode}
          modes={[
            ...(schema ? (['form'] as const) : []),
            ...(field === 'metadata' ? [] : (['text'] as const)),
            ...(field === 'metadata' && !schema ? [] : (['json'] as const)),
          ]}
          onMode={switchTo}
        />
      </div>
      {form ? (
        // Keys come from the controls inside.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <div role="group" aria-label={title} onKeyDown={onKeyDown}>
          <SchemaForm schema={schema} value={draft} onChange={setDraft} name={title} autoFocus={autoFocus} />
        </div>
      ) : (
        <textarea
          id={id}
          // The editor opens because someone asked to edit.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={autoFocus}
          value={text}
          placeholder={HINT[field]}
          spellCheck={mode === 'text'}
          rows={Math.min(18, Math.max(3, text.split('\n').length + 1))}
          onChange={(event) => setText(event.target.value)}
          onBlur={() => setTouched(true)}
          onKeyDown={onKeyDown}
          aria-invalid={!read.ok}
          aria-describedby={`${id}-error`}
          className={cx(
            'w-full resize-y rounded border bg-bg px-2 py-1.5 outline-none focus:border-accent',
            mode === 'json' || field === 'metadata' ? 'font-mono text-[11.5px]/[17px]' : 'text-base',
            !read.ok && touched ? 'border-worse' : 'border-line-strong',
          )}
        />
      )}
      {unfit.length ? (
        <p role="status" className="mt-1 text-s text-warn">
          {unfit.slice(0, 3).join(' · ')}
        </p>
      ) : null}
      <div className="mt-1 flex min-h-7 items-center gap-2">
        <p
          id={`${id}-error`}
          role={read.ok ? undefined : 'alert'}
          className="min-w-0 flex-1 text-s text-worse"
        >
          {read.ok ? '' : read.message}
        </p>
        <Button variant="ghost" onClick={onCancel}>
          {t`Cancel`}
        </Button>
        <Button variant="primary" onClick={save} disabled={!read.ok}>
          <Trans>
            Save <span className="opacity-75 max-sm:hidden">{MOD}↵</span>
          </Trans>
        </Button>
      </div>
    </div>
  )
}

/** Whether a form can show a value: an empty one, or one of the kind that the schema describes. */
function fits(schema: Schema, value: Json | undefined): boolean {
  return value === undefined || value === null || kindOf(schema) !== 'object' || isObject(value)
}

type SwitchProps = { mode: EditMode; modes: readonly EditMode[]; onMode: (mode: EditMode) => void }

function ModeSwitch({ mode, modes, onMode }: SwitchProps) {
  const label = { form: t`Form`, text: t`Text`, json: t`JSON` }
  if (modes.length < 2) return null
  return (
    <span role="group" aria-label={t`Edit as`} className="flex rounded border border-line p-px text-xs">
      {modes.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={mode === name}
          onClick={() => onMode(name)}
          className={cx(
            'rounded-s px-1.5',
            mode === name ? 'bg-sunken text-ink' : 'text-ink-3 hover:text-ink',
          )}
        >
          {label[name]}
        </button>
      ))}
    </span>
  )
}
