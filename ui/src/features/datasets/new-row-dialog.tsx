import { t } from '@lingui/core/macro'
import { useId, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { cx } from '@/lib/cx'
import type { EditableField, RowEdit } from './api'
import { readEditor, type EditMode } from './field-text'

const FIELDS: { field: EditableField; title: string; hint: string }[] = [
  { field: 'input', title: t`Input`, hint: t`Text, or JSON` },
  { field: 'expected', title: t`Expected`, hint: t`Text, or JSON; may stay empty` },
  { field: 'metadata', title: t`Metadata`, hint: '{ "tier": "pro" }' },
  { field: 'tags', title: t`Tags`, hint: t`separated by commas` },
]

/** JSON when it looks like an object or a list, else the text as it is. */
function modeOf(field: EditableField, text: string): EditMode {
  if (field === 'metadata') return 'json'
  return field !== 'tags' && /^\s*[[{]/.test(text) ? 'json' : 'text'
}

export function NewRowDialog({
  onAdd,
  onClose,
}: {
  onAdd: (row: RowEdit) => Promise<void>
  onClose: () => void
}) {
  const [texts, setTexts] = useState<Record<EditableField, string>>({
    input: '',
    expected: '',
    metadata: '',
    tags: '',
  })
  const [busy, setBusy] = useState(false)
  const id = useId()
  const reads = FIELDS.map(({ field }) => readEditor(field, texts[field], modeOf(field, texts[field])))
  const ready = texts.input.trim() !== '' && reads.every((read) => read.ok)

  async function add(): Promise<void> {
    setBusy(true)
    try {
      await onAdd(Object.assign({}, ...reads.map((read) => (read.ok ? read.edit : {}))) as RowEdit)
      onClose()
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={t`New row`}
      description={t`Text that starts with ${'{'} or ${'['} is read as JSON.`}
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" disabled={!ready || busy} onClick={() => void add()}>
            {t`Add row`}
          </Button>
        </>
      }
    >
      <div className="space-y-2">
        {FIELDS.map(({ field, title, hint }, i) => {
          const read = reads[i]!
          return (
            <div key={field}>
              <label htmlFor={`${id}-${field}`} className="text-s font-medium">
                {title}
              </label>
              <textarea
                id={`${id}-${field}`}
                rows={field === 'tags' ? 1 : 3}
                value={texts[field]}
                placeholder={hint}
                onChange={(event) => setTexts({ ...texts, [field]: event.target.value })}
                aria-invalid={!read.ok}
                className={cx(
                  'mt-0.5 block w-full resize-y rounded border bg-bg px-2 py-1.5 outline-none focus:border-accent',
                  read.ok ? 'border-line-strong' : 'border-worse',
                  modeOf(field, texts[field]) === 'json' && 'font-mono text-[11.5px]/[17px]',
                )}
              />
              {read.ok ? null : (
                <p role="alert" className="text-s text-worse">
                  {read.message}
                </p>
              )}
            </div>
          )
        })}
      </div>
    </Dialog>
  )
}
