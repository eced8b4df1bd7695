import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { listQuery, splitQuery, type ListRow, type SplitRow } from './api'
import { Card, Failure, type Command } from './chart-card'
import { FAILED, type Chart } from './charts'
import { colorAt } from './colors'
import { Dot } from './legend'
import { measure } from './measure'
import { isSplit, type Divided, type Scope, type Value, type Window } from './questions'
import { addsUp, nameOf, tails } from './series'

type Props = {
  chart: Chart
  commands: readonly Command[]
  scope: Scope
  window: Window
  /** Absent where rows lead nowhere. */
  onPick: ((value: Value) => void) | undefined
}

/** The rows of a top list, as bars; each leads to its rows. Divided, each says what it is in each value. */
export function TopCard({ chart, commands, scope, window, onPick }: Props) {
  const { data, error } = useQuery(listQuery(chart, scope, window))
  return (
    <Card chart={chart} commands={commands} note={chart.measures.map((item) => item.label).join(' · ')}>
      {error ? <Failure error={error} /> : null}
      {!data && !error ? <Skeleton className="m-3 h-[170px]" /> : null}
      {data?.length === 0 && !error ? (
        <p className="flex h-[148px] items-center justify-center text-s text-ink-3">{t`Nothing in this time`}</p>
      ) : null}
      {data?.length && !error ? (
        isSplit(chart, scope) ? (
          <SplitRows chart={chart} scope={scope} window={window} rows={data} onPick={onPick} />
        ) : (
          <Rows chart={chart} rows={data} onPick={onPick} />
        )
      ) : null}
    </Card>
  )
}

type RowsProps = { chart: Chart; rows: readonly ListRow[]; onPick: Props['onPick'] }

function Rows({ chart, rows, onPick }: RowsProps) {
  const most = Math.max(...rows.map((row) => row.c0 ?? 0)) || 1 // nothing but zeros has no bars
  return (
    <ol className="flex flex-col gap-0.5 px-3 pb-3">
      {rows.map((row) => (
        <li key={String(row.series)}>
          <Row chart={chart} row={row} onPick={onPick}>
            <span
              aria-hidden
              className="absolute inset-y-0 left-0 bg-accent-soft"
              style={{ width: `${((row.c0 ?? 0) / most) * 100}%` }}
            />
          </Row>
        </li>
      ))}
    </ol>
  )
}

type RowProps = { chart: Chart; row: ListRow; onPick: Props['onPick']; children?: ReactNode }

/** A name with its numbers, on a bar; without one a long name is read in full. */
function Row({ chart, row, onPick, children }: RowProps) {
  return (
    <button
      type="button"
      disabled={!onPick}
      onClick={() => onPick?.(row.series ?? '')}
      className="relative flex min-h-6 w-full items-center gap-2 overflow-hidden rounded-s px-1.5 text-left text-s enabled:hover:bg-sunken"
    >
      {children}
      <span
        title={String(row.series)}
        className={`relative min-w-0 flex-1 ${children ? 'truncate' : 'wrap-anywhere'}`}
      >
        {String(row.series)}
      </span>
      <Numbers chart={chart} row={row} />
    </button>
  )
}

function Numbers({ chart, row }: { chart: Chart; row: Record<`c${number}`, number | null> }) {
  return chart.measures.map((item, m) => {
    const value = row[`c${columnOf(chart, m)}`] ?? null
    const failed = m > 0 && item.sql === FAILED
    return failed && !value ? null : (
      <span
        key={item.label}
        className={`relative tabular-nums ${failed ? 'text-worse' : m ? 'text-ink-3' : 'font-medium'}`}
      >
        {failed ? t`${measure(value, chart.unit)} failed` : measure(value, chart.unit)}
      </span>
    )
  })
}

function columnOf(chart: Chart, index: number): number {
  return chart.measures.slice(0, index).reduce((sum, item) => sum + (item.mean ? 3 : 1), 0)
}

type Share = { value: Value; name: string; color: string; row: SplitRow }

function SplitRows({ chart, rows, scope, window, onPick }: RowsProps & { scope: Divided; window: Window }) {
  const names = rows.flatMap(({ series }) => series ?? [])
  const { data, error } = useQuery(splitQuery(chart, scope, window, names))
  if (error) return <Failure error={error} />
  if (!data) return <Skeleton className="m-3 h-[170px]" />
  const { values, called } = scope.by
  const sharesOf = (name: Value | null | undefined): Share[] =>
    values.flatMap((value, i) => {
      const row = data.find((one) => one.row === name && one.series === value)
      return row ? [{ value, name: nameOf(value, called), color: colorAt(i), row }] : []
    })
  const first = chart.measures[0]!
  const parts = !first.mean && addsUp(first.sql)
  const split = rows.map((row) => ({ row, shares: sharesOf(row.series) }))
  const most = Math.max(...split.map(({ row, shares }) => wholeOf(row, parts ? shares : []))) || 1
  const shown = values.filter((value) => data.some(({ series }) => series === value))
  const short = tails(shown.map((value) => nameOf(value, called)))
  return (
    <>
      <ul className="flex flex-wrap gap-x-3 px-3 pb-1 text-s">
        {shown.map((value, i) => (
          <Dot
            key={String(value)}
            color={colorAt(values.indexOf(value))}
            label={nameOf(value, called)}
            short={short[i]}
          />
        ))}
      </ul>
      <ol className="flex flex-col gap-1.5 px-3 pb-3">
        {split.map(({ row, shares }) => (
          <li key={String(row.series)}>
            <Row chart={chart} row={row} onPick={onPick} />
            <Bar whole={wholeOf(row, parts ? shares : [])} most={most} shares={parts ? shares : []} />
            <ul className="flex flex-wrap gap-x-3 px-1.5 pt-0.5 text-xs">
              {shares.map(({ value, name, color, row: share }) => (
                <Dot key={String(value)} color={color} label={name} hidden>
                  <Numbers chart={chart} row={share} />
                </Dot>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </>
  )
}

/** How long the bar of a row is: rows that belong to several values count in each, those that belong to none too. */
function wholeOf(row: ListRow, shares: readonly Share[]): number {
  return Math.max(
    row.c0 ?? 0,
    shares.reduce((sum, share) => sum + (share.row.c0 ?? 0), 0),
  )
}

function Bar({ whole, most, shares }: { whole: number; most: number; shares: readonly Share[] }) {
  return (
    <div aria-hidden className="px-1.5">
      <div
        className="flex h-1.5 gap-px overflow-hidden rounded-full bg-line"
        style={{ width: `${(whole / most) * 100}%` }}
      >
        {shares.map(({ value, color, row }) => (
          <span
            key={String(value)}
            style={{ width: `${((row.c0 ?? 0) / whole) * 100}%`, background: `var(${color})` }}
          />
        ))}
      </div>
    </div>
  )
}
