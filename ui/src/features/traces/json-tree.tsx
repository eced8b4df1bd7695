import { t } from '@lingui/core/macro'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { ScrollX } from '@/components/scroll-x'
import { isObject, oneLine, recordColumns, type FlatRecord, type Json } from '@/lib/json'
import { RecordTable } from './record-table'
import { count } from '@/lib/format'
import { Attachment } from './attachment'
import { asFile } from './attachments'

const FIRST = 100
const OPEN_DEPTH = 2
const LONG = 1200

/** JSON as nested fields. Branches are built when opened, long lists in steps. */
export function JsonTree({ value }: { value: Json }) {
  const table = Array.isArray(value) && recordColumns(value) !== null
  if (table)
    return (
      <div className="px-2.5 py-0.5">
        <Branch value={value} depth={0} />
      </div>
    )
  return (
    <ScrollX label={t`Fields`} className="py-1.5 pr-2 pl-2.5 font-mono text-[11.5px]/[18px]">
      <Branch value={value} depth={0} />
    </ScrollX>
  )
}

function Branch({ value, depth }: { value: Json; depth: number }) {
  const [limit, setLimit] = useState(FIRST)
  const columns = Array.isArray(value) ? recordColumns(value) : null
  if (columns) return <RecordTable rows={value as FlatRecord[]} columns={columns} />
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((item, i) => [String(i), item])
    : isObject(value)
      ? Object.entries(value)
      : []
  return (
    <div className={depth ? 'ml-[5px] border-l border-line pl-3' : ''}>
      {entries.slice(0, limit).map(([key, item]) => (
        <Entry key={key} name={key} value={item} depth={depth} />
      ))}
      {entries.length > limit ? (
        <button
          type="button"
          onClick={() => setLimit(limit + FIRST * 5)}
          className="pl-4 font-sans text-s text-accent hover:underline"
        >
          {t`${count(entries.length - limit)} more`}
        </button>
      ) : null}
    </div>
  )
}

function Entry({ name, value, depth }: { name: string; value: Json; depth: number }) {
  const nested = typeof value === 'object' && value !== null
  const size = nested ? Object.keys(value).length : 0
  const table = Array.isArray(value) && recordColumns(value) !== null
  const [open, setOpen] = useState(depth < OPEN_DEPTH && (table || size <= 12))
  const file = asFile(value)
  if (file)
    return (
      <div className="flex gap-2 pl-4">
        <Key name={name} />
        <div className="min-w-0 flex-1">
          <Attachment file={file} />
        </div>
      </div>
    )
  if (!nested || size === 0) {
    return (
      <div className="flex gap-2 pl-4">
        <Key name={name} />
        <Leaf value={value} />
      </div>
    )
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex max-w-full items-center rounded text-left hover:bg-panel"
      >
        <span className="flex w-4 shrink-0 text-ink-3">
          {open ? <ChevronDown size={12} /> : <ChevronRight size={12} />}
        </span>
        <Key name={name} />
        {open ? null : (
          <span className="ml-2 truncate text-ink-2">
            {Array.isArray(value) ? <span className="text-ink-3">{count(size)} × </span> : null}
            {oneLine(Array.isArray(value) ? value[0] : value, 120)}
          </span>
        )}
      </button>
      {open ? <Branch value={value} depth={depth + 1} /> : null}
    </div>
  )
}

/** A long one breaks, and leaves room for its value. */
function Key({ name }: { name: string }) {
  return <span className="max-w-[24ch] shrink-0 break-words text-ink-3">{name}</span>
}

function Leaf({ value }: { value: Json }) {
  const [all, setAll] = useState(false)
  if (typeof value !== 'string')
    return <span className={value === null ? 'text-ink-3' : 'text-task'}>{JSON.stringify(value)}</span>
  const file = asFile(value)
  if (file)
    return (
      <div className="min-w-0 flex-1">
        <Attachment file={file} />
      </div>
    )
  const cut = !all && value.length > LONG
  return (
    <span className="min-w-0 break-words whitespace-pre-wrap">
      {cut ? value.slice(0, LONG) : value}
      {cut ? (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="ml-1 font-sans text-accent hover:underline"
        >
          {t`… ${count(value.length - LONG)} more`}
        </button>
      ) : null}
    </span>
  )
}
