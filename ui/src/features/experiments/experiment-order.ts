/** The order of the listed experiments: `-scores.Variety` in the address is that mean, the largest first. */
import type { Sort } from '@/components/table/head'
import type { Json } from '@/lib/json'
import { readSort } from '../logs/order'
import type { ExperimentRow } from './experiment-columns'

/** What an experiment is by a column; null where it has nothing there, undefined for a column that gives no order. */
export function valueIn({ experiment, comparison }: ExperimentRow, id: string): Json | undefined {
  if (id.startsWith('scores.')) {
    const name = id.slice('scores.'.length)
    return comparison?.scores.find((item) => item.name === name)?.mean ?? null
  }
  if (id.startsWith('metadata.')) return experiment.metadata?.[id.slice('metadata.'.length)] ?? null
  const totals = comparison?.totals
  switch (id) {
    case 'name':
      return experiment.name
    case 'created':
      return experiment.created
    case 'cases':
    case 'errors':
    case 'duration':
      return totals?.[id] ?? null
    case 'cost':
    case 'tokens':
      return totals?.task[id] ?? null
    default:
      return undefined
  }
}

/** The column of an order says what came of the runs, which is read one by one: all of them are needed. */
export function needsAll(o: string | undefined): boolean {
  const { id } = readSort(o)
  return o !== undefined && id !== 'name' && id !== 'created' && !id.startsWith('metadata.')
}

/** In the order of the address, what has no value last whichever way; newest first among equals. */
export function inOrder(rows: readonly ExperimentRow[], o: string | undefined): ExperimentRow[] {
  const sort = readSort(o)
  const known = rows.map((row) => ({ row, value: valueIn(row, sort.id) ?? null }))
  return known.toSorted((a, b) => compared(a.value, b.value, sort)).map(({ row }) => row)
}

function compared(a: Json, b: Json, { descending }: Sort): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const way = descending ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return way * (a - b)
  return way * String(a).localeCompare(String(b), undefined, { numeric: true })
}
