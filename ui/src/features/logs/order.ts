/** The order of the rows: `-duration` in the address is the column of that name, the largest first. */
import type { Sort } from '@/components/table/head'
import type { LogsShown } from '@/lib/search-params'
import { path } from '@/lib/sql'
import { readColumns } from './own-columns'

/** Newest first. */
const USUAL: Sort = { id: 'created', descending: true }
const NEWEST = 'created DESC'

export function readSort(o: string | undefined): Sort {
  if (!o) return USUAL
  return o.startsWith('-') ? { id: o.slice(1), descending: true } : { id: o, descending: false }
}

/** The address of an order; nothing for the usual one. */
export function writeSort(sort: Sort | undefined): string | undefined {
  if (!sort || (sort.id === USUAL.id && sort.descending)) return undefined
  return `${sort.descending ? '-' : ''}${sort.id}`
}

/** What the rows are ordered by, in SQL: newest first where the address names no column that there is. */
export function orderSql({ o, view, col }: Pick<LogsShown, 'o' | 'view' | 'col'>): string {
  const sort = readSort(o)
  const sql = columnSql(sort.id, view, col)
  if (!sql) return NEWEST
  const direction = sort.descending ? 'DESC' : 'ASC'
  return sql === 'created' ? `created ${direction}` : `${sql} ${direction} NULLS LAST, ${NEWEST}`
}

function columnSql(id: string, view: LogsShown['view'], col: LogsShown['col']): string | undefined {
  const spans = view === 'spans'
  if (id === 'created') return id
  if (id === 'duration') return spans ? 'metrics."end" - metrics.start' : 'metrics.duration'
  if (id === 'tokens') return spans ? 'metrics.tokens' : 'metrics.total_tokens'
  if (id === 'cost') return 'metrics.estimated_cost'
  if (id.startsWith('scores.')) return path('scores', id.slice('scores.'.length))
  return readColumns(col).find((column) => column.id === id)?.sql
}
