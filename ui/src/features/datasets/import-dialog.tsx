import { plural, t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import type { Dataset } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify } from '@/components/ui/toast'
import { count } from '@/lib/format'
import { oneLine } from '@/lib/json'
import { refreshDataset } from './api'
import { insertMapped, type Outcome } from './import-rows'
import { guess, mapRecords, TARGET_LABELS, TARGETS, type ColumnMapping, type Target } from './import-mapping'
import { readRecords, type Problem } from './records'
import { RowPreview } from './row-preview'

const MOST_NAMED = 50
const LARGEST = 50_000_000

type Source = { text: string; name: string }
type Props = { dataset: Dataset; onClose: () => void }

/** Rows out of a file or the clipboard: what becomes which field, what the first row will be, what cannot be read. */
export function ImportDialog({ dataset, onClose }: Props) {
  const client = useQueryClient()
  const [source, setSource] = useState<Source>({ text: '', name: '' })
  const [chosen, setChosen] = useState<ColumnMapping>({})
  const [unread, setUnread] = useState<string | null>(null)
  const read = useMemo(() => readRecords(source.text, source.name), [source])
  const mapping = useMemo(() => ({ ...guess(read.columns), ...chosen }), [read.columns, chosen])
  const mapped = useMemo(() => mapRecords(read.records, mapping), [read.records, mapping])
  const problems = [...read.problems, ...mapped.problems].toSorted((a, b) => a.line - b.line)
  const [sent, setSent] = useState(0)
  const insert = useMutation({
    mutationFn: () => insertMapped(dataset.id, mapped.rows, setSent),
    onSuccess: async (outcome) => {
      await refreshDataset(client, dataset.id)
      if (outcome.refused.length > 0) return
      notify(t`${plural(outcome.written, { one: '# row', other: '# rows' })} added to ${dataset.name}`)
      onClose()
    },
  })

  async function open(file: File | undefined): Promise<void> {
    if (!file) return
    insert.reset()
    setChosen({})
    if (file.size > LARGEST)
      return setUnread(t`The file is larger than 50 MB: use \`assay datasets add\` on the command line.`)
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
      setUnread(null)
      setSource({ text, name: file.name })
    } catch {
      setUnread(t`${file.name} is not UTF-8 text: convert it first.`)
    }
  }

  const ready = mapped.rows.length > 0 && !insert.data
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Import rows`}
      description={t`CSV, JSON or JSONL, or cells copied from a spreadsheet. The first line of a table names its columns.`}
      width="max-w-3xl"
      footer={
        <>
          {insert.error ? (
            <p role="alert" className="min-w-0 flex-1 text-s text-worse">
              {insert.error.message}{' '}
              {sent
                ? t`${plural(sent, { one: '# row is', other: '# rows are' })} written; the rest is not.`
                : ''}
            </p>
          ) : null}
          <Button onClick={onClose}>{insert.data ? t`Close` : t`Cancel`}</Button>
          <Button variant="primary" disabled={!ready || insert.isPending} onClick={() => insert.mutate()}>
            {insert.isPending
              ? t`${count(sent)} of ${count(mapped.rows.length)} …`
              : mapped.rows.length
                ? t`Import ${plural(mapped.rows.length, { one: '# row', other: '# rows' })}`
                : t`Import`}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <Input
          source={source}
          unread={unread}
          onFile={(file) => void open(file)}
          onText={(text) => {
            insert.reset()
            setUnread(null)
            setChosen({})
            setSource({ text, name: '' })
          }}
        />
        {insert.data ? <Refused outcome={insert.data} /> : null}
        {!insert.data && problems.length ? (
          <Problems problems={problems} unit={read.format === 'json' ? t`Item` : t`Line`} />
        ) : null}
        {read.columns.length && !insert.data ? (
          <div className="grid gap-5 sm:grid-cols-[1fr_1fr]">
            <Columns
              columns={read.columns}
              sample={(name) =>
                oneLine(read.records.find((record) => record.values[name] !== null)?.values[name], 60)
              }
              mapping={mapping}
              onChange={(name, target) => setChosen({ ...chosen, [name]: target })}
            />
            <div className="min-w-0">
              <p className="mb-1 text-s font-medium">{t`The first row will be`}</p>
              {mapped.rows[0] ? (
                <RowPreview event={mapped.rows[0].event} />
              ) : (
                <p className="text-s text-ink-3">{t`No row can be read with these columns.`}</p>
              )}
            </div>
          </div>
        ) : null}
      </div>
    </Dialog>
  )
}

type InputProps = {
  source: Source
  unread: string | null
  onFile: (file: File | undefined) => void
  onText: (text: string) => void
}

function Input({ source, unread, onFile, onText }: InputProps) {
  const file = useRef<HTMLInputElement>(null)
  return (
    <div
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        onFile(event.dataTransfer.files[0])
      }}
    >
      <div className="mb-2 flex items-center gap-2">
        <Button icon={<Upload size={14} aria-hidden />} onClick={() => file.current?.click()}>
          {t`Choose a file`}
        </Button>
        <span className="min-w-0 truncate text-s text-ink-3">
          {source.name || t`or drop one here, or paste below`}
        </span>
        <input
          ref={file}
          type="file"
          aria-label={t`File`}
          accept=".csv,.tsv,.json,.jsonl,.ndjson"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => onFile(event.target.files?.[0])}
        />
      </div>
      {source.name ? null : (
        <textarea
          aria-label={t`Rows`}
          value={source.text}
          onChange={(event) => onText(event.target.value)}
          rows={source.text ? 4 : 6}
          spellCheck={false}
          placeholder={t`question\tanswer\nHow do I reach you?\tBy mail.`}
          className="field w-full resize-y px-2 py-1.5 font-mono text-[11.5px]/[17px]"
        />
      )}
      {unread ? (
        <p role="alert" className="mt-1 text-s text-worse">
          {unread}
        </p>
      ) : null}
    </div>
  )
}

type ColumnsProps = {
  columns: readonly string[]
  sample: (name: string) => string
  mapping: ColumnMapping
  onChange: (name: string, target: Target) => void
}

function Columns({ columns, sample, mapping, onChange }: ColumnsProps) {
  return (
    <div className="min-w-0">
      <p className="mb-1 text-s font-medium">{t`Columns`}</p>
      <ul className="max-h-72 space-y-1 overflow-y-auto">
        {columns.map((name) => (
          <li key={name}>
            <label className="flex items-center gap-2">
              <span className="min-w-0 flex-1">
                <span className="block truncate">{name}</span>
                <span className="block truncate text-xs text-ink-3">{sample(name)}</span>
              </span>
              <select
                aria-label={t`${name} becomes`}
                value={mapping[name]}
                onChange={(event) => onChange(name, event.target.value as Target)}
                className="field h-7 shrink-0 px-1.5"
              >
                {TARGETS.map((target) => (
                  <option key={target} value={target}>
                    {TARGET_LABELS[target]}
                  </option>
                ))}
              </select>
            </label>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Problems({ problems, unit }: { problems: readonly Problem[]; unit: string }) {
  return (
    <div role="alert" className="rounded-l border border-warn/40 bg-warn-soft p-2.5 text-s">
      <p className="font-medium">{t`${plural(problems.length, { one: '# row', other: '# rows' })} cannot be read and will be left out:`}</p>
      <ul className="mt-1 max-h-32 overflow-y-auto">
        {problems.slice(0, MOST_NAMED).map(({ line, message }) => (
          <li key={`${line} ${message}`}>
            {unit} {line}: {message}
          </li>
        ))}
        {problems.length > MOST_NAMED ? <li>{t`and ${count(problems.length - MOST_NAMED)} more`}</li> : null}
      </ul>
    </div>
  )
}

function Refused({ outcome }: { outcome: Outcome }) {
  return (
    <div role="alert" className="rounded-l border border-worse/40 bg-worse-soft p-2.5 text-s">
      <p className="font-medium">
        {t`${plural(outcome.written, { one: '# row', other: '# rows' })} written; the server refused ${count(outcome.refused.length)}:`}
      </p>
      <ul className="mt-1 max-h-40 overflow-y-auto">
        {outcome.refused.slice(0, MOST_NAMED).map(({ line, message }) => (
          <li key={`${line} ${message}`}>{line ? t`Line ${line}: ${message}` : message}</li>
        ))}
      </ul>
    </div>
  )
}
