import { t } from '@lingui/core/macro'
import type { Column } from '@/components/table/columns'
import { intl } from '@/lib/i18n'

export type ResultRow = { index: number; values: Record<string, unknown> }

/** One column per key of the answer; numbers to the right. */
export function resultColumns(rows: readonly ResultRow[]): Column<ResultRow>[] {
  const names = [...new Set(rows.slice(0, 50).flatMap((row) => Object.keys(row.values)))]
  return names.map((name): Column<ResultRow> => {
    const known = rows.map((row) => row.values[name]).filter((value) => value != null)
    const numeric = known.length > 0 && known.every((value) => typeof value === 'number')
    return {
      id: name,
      header: name,
      label: name,
      size: numeric ? 120 : 180,
      grow: numeric ? 1 : 2,
      ...(numeric ? { align: 'right' as const } : {}),
      cell: (row) => <Value value={row.values[name]} />,
    }
  })
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className="text-ink-3">{t`null`}</span>
  if (typeof value === 'number') return value.toLocaleString(intl.numbers, { maximumFractionDigits: 6 })
  return typeof value === 'string' ? (
    value.slice(0, 300)
  ) : (
    <span className="font-mono text-[11.5px]">{JSON.stringify(value).slice(0, 300)}</span>
  )
}
