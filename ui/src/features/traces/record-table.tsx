import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { ScrollX } from '@/components/scroll-x'
import { count } from '@/lib/format'
import type { FlatRecord } from '@/lib/json'

const FIRST = 12
const STEP = 200

const LONGEST = 500

function cell(value: FlatRecord[string] | undefined): string {
  const text = String(value ?? '')
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** A list of like records as a small table. */
export function RecordTable({ rows, columns }: { rows: readonly FlatRecord[]; columns: readonly string[] }) {
  const [limit, setLimit] = useState(FIRST)
  return (
    <ScrollX label={t`Records`} className="my-1 max-w-full">
      <table className="border-collapse font-sans text-s">
        <thead className="text-left text-xs text-ink-3">
          <tr>
            <th className="border-b border-line py-0.5 pr-3 text-right font-normal">#</th>
            {columns.map((name) => (
              <th key={name} className="border-b border-line py-0.5 pr-4 font-medium whitespace-nowrap">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((row, i) => (
            // Rows of a payload have no identity besides their place.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={i}>
              <td className="py-px pr-3 text-right text-ink-3 tabular-nums">{i}</td>
              {columns.map((name) => (
                <td key={name} className="max-w-72 truncate py-px pr-4 tabular-nums" title={cell(row[name])}>
                  {row[name] === null || row[name] === undefined ? (
                    <span className="text-ink-3">–</span>
                  ) : (
                    cell(row[name])
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > limit ? (
        <button
          type="button"
          onClick={() => setLimit(limit + STEP)}
          className="mt-1 font-sans text-s text-accent hover:underline"
        >
          {t`${count(rows.length - limit)} more`}
        </button>
      ) : null}
    </ScrollX>
  )
}
