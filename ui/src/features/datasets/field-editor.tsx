import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useId, useState } from 'react'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { MOD } from '@/lib/hotkeys'
import type { Json } from '@/lib/json'
import type { EditableField, RowEdit } from './api'
import { readEditor, startMode, toEditorText, type EditMode } from './field-text'

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
  const [mode, setMode] = useState<EditMode>(() => startMode(field, value))
  const [text, setText] = useState(() => toEditorText(field, value, startMode(field, value)))
  const [touched, setTouched] = useState(false)
  const id = useId()
  const read = readEditor(field, text, mode)
  const changed = text !== toEditorText(field, value, mode) || mode !== startMode(field, value)

  function save(): void {
    setTouched(true)
    if (!read.ok) return
    if (changed) onSave(read.edit)
    else onCancel()
  }

  function switchTo(next: EditMode): void {
    if (next === mode) return
    if (next === 'json')
      setText(
        JSON.stringify(mode === 'text' && read.ok ? (Object.values(read.edit)[0] ?? null) : text, null, 2),
      )
    else if (read.ok) setText(toEditorText(field, Object.values(read.edit)[0] as Json, 'text'))
    setMode(next)
  }

  return (
    <div>
      <div className="mb-1 flex items-center gap-2">
        <label htmlFor={id} className="text-s font-medium">
          {title}
        </label>
        <span className="flex-1" />
        {field === 'metadata' ? null : <ModeSwitch mode={mode} onMode={switchTo} />}
      </div>
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
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            save()
          } else if (event.key === 'Escape') {
            event.stopPropagation()
            onCancel()
          }
        }}
        aria-invalid={!read.ok}
        aria-describedby={`${id}-error`}
        className={cx(
          'w-full resize-y rounded border bg-bg px-2 py-1.5 outline-none focus:border-accent',
          mode === 'json' || field === 'metadata' ? 'font-mono text-[11.5px]/[17px]' : 'text-base',
          !read.ok && touched ? 'border-worse' : 'border-line-strong',
        )}
      />
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

function ModeSwitch({ mode, onMode }: { mode: EditMode; onMode: (mode: EditMode) => void }) {
  return (
    <span role="group" aria-label={t`Edit as`} className="flex rounded border border-line p-px text-xs">
      {(['text', 'json'] as const).map((name) => (
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
          {name === 'json' ? t`JSON` : t`Text`}
        </button>
      ))}
    </span>
  )
}
