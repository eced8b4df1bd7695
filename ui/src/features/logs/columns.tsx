import { t } from '@lingui/core/macro'
import { Suspense, type ReactNode } from 'react'
import type { Row } from '@/api/types'
import { Gist } from '@/components/gist'
import { ScoreCell } from '@/components/score'
import type { Column } from '@/components/table/columns'
import { Time } from '@/components/time'
import { ScriptedBadge, Tag } from '@/components/ui/bits'
import * as format from '@/lib/format'
import { oneLine, type Json } from '@/lib/json'
import { loadLater } from '@/lib/load-later'
import { spanKind, spanName } from '../traces/tree'
import { KindDot } from '../traces/kind-dot'
import { ownColumn, type OwnColumn } from './own-columns'

/** Seconds a trace or a span took. */
export function durationOf(row: Row): number | null {
  const { duration, start, end } = row.metrics ?? {}
  if (typeof duration === 'number') return duration
  return typeof start === 'number' && typeof end === 'number' ? end - start : null
}

export function tokensOf(row: Row): number | null {
  const { total_tokens, tokens, prompt_tokens, completion_tokens } = row.metrics ?? {}
  const sum =
    prompt_tokens != null || completion_tokens != null
      ? (prompt_tokens ?? 0) + (completion_tokens ?? 0)
      : null
  return total_tokens ?? tokens ?? sum
}

const OwnCell = loadLater(async () => (await import('./known-columns')).OwnCell)
/** Columns that hold numbers. */
const NUMBER = /^metrics\.\w+$/
const MOST_SCORES = 8

/** Columns of the logs table; one per score found in the loaded rows, and those of one's own. `scripted` holds the traces no real model answered. */
export function logsColumns(
  rows: readonly Row[],
  scores: readonly string[],
  scripted: ReadonlySet<string>,
  own: readonly OwnColumn[],
  tall: boolean,
): Column<Row>[] {
  const all = rows.length > 0 && rows.every((row) => scripted.has(row.root_span_id))
  const tagged = rows.some((row) => row.tags?.length)
  return [
    {
      id: 'created',
      sortable: true,
      header: t`Time`,
      label: t`Time`,
      size: 92,
      fixed: true,
      cell: (row) => (
        <span className="text-ink-3">
          <Time iso={row.created} />
        </span>
      ),
    },
    {
      id: 'name',
      header: t`Name`,
      label: t`Name`,
      size: 148,
      cell: (row) => <NameCell row={row} badge={!all && scripted.has(row.root_span_id)} />,
    },
    {
      id: 'input',
      header: t`Input`,
      label: t`Input`,
      size: 180,
      grow: 3,
      cell: (row) => <Lines tall={tall}>{<Gist value={row.input} />}</Lines>,
    },
    {
      id: 'output',
      header: all ? <OutputHeader /> : t`Output`,
      label: t`Output`,
      size: 180,
      grow: 3,
      cell: (row) => <Lines tall={tall}>{<OutputCell row={row} />}</Lines>,
    },
    ...scores.slice(0, MOST_SCORES).map((name): Column<Row> => ({
      id: `scores.${name}`,
      sortable: true,
      header: name,
      label: name,
      size: 106,
      align: 'right',
      cell: (row) => <ScoreCell value={row.scores?.[name]} />,
    })),
    ...own.map(({ id, label, sql }, i): Column<Row> => ({
      id,
      sortable: true,
      header: label,
      label,
      ...(NUMBER.test(sql) ? { size: 116, align: 'right' } : { size: 140 }),
      cell: (row) => (
        <Lines tall={tall}>
          <Suspense>
            <OwnCell sql={sql} value={(row as Row & Record<string, Json>)[ownColumn(i)]} />
          </Suspense>
        </Lines>
      ),
    })),
    {
      id: 'duration',
      sortable: true,
      header: t`Duration`,
      label: t`Duration`,
      size: 82,
      align: 'right',
      cell: (row) => format.duration(durationOf(row)),
    },
    {
      id: 'tokens',
      sortable: true,
      header: t`Tokens`,
      label: t`Tokens`,
      size: 68,
      align: 'right',
      cell: (row) => format.compact(tokensOf(row)),
    },
    {
      id: 'cost',
      sortable: true,
      header: t`Cost`,
      label: t`Cost`,
      size: 76,
      align: 'right',
      cell: (row) => format.money(row.metrics?.estimated_cost),
    },
    ...(tagged
      ? [{ id: 'tags', header: t`Tags`, label: t`Tags`, size: 152, cell: TagsCell } satisfies Column<Row>]
      : []),
  ]
}

/** A value on one line, cut by its cell, or on a few. */
function Lines({ tall, children }: { tall: boolean; children: ReactNode }) {
  return tall ? <span className="line-clamp-4 break-words">{children}</span> : children
}

function NameCell({ row, badge }: { row: Row; badge: boolean }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <KindDot kind={spanKind(row)} error={row.error != null || Boolean(row.metrics?.errors)} />
      <span className="truncate">{spanName(row)}</span>
      {badge ? <ScriptedBadge short /> : null}
    </span>
  )
}

function OutputHeader() {
  return (
    <span className="inline-flex items-center gap-1.5">
      {t`Output`} <ScriptedBadge />
    </span>
  )
}

function TagsCell(row: Row) {
  return <Tags of={row.tags ?? []} />
}

function Tags({ of }: { of: readonly string[] }) {
  return (
    <span className="flex gap-1 max-sm:flex-wrap">
      {of.map((tag) => (
        <Tag key={tag}>{tag}</Tag>
      ))}
    </span>
  )
}

/** A trace on a phone: what was asked, what came back, how it was judged. */
export function CompactLog({ row, scores, badge }: { row: Row; scores: readonly string[]; badge: boolean }) {
  const duration = durationOf(row)
  const tokens = tokensOf(row)
  const cost = row.metrics?.estimated_cost
  return (
    <div className="min-w-0 flex-1">
      <div className="flex items-center gap-2">
        <KindDot kind={spanKind(row)} error={row.error != null || Boolean(row.metrics?.errors)} />
        <span className="min-w-0 flex-1 truncate font-medium">{oneLine(row.input) || spanName(row)}</span>
        <span className="shrink-0 text-s text-ink-3">
          <Time iso={row.created} />
        </span>
      </div>
      <div className="truncate text-s">
        <OutputCell row={row} />
      </div>
      <div className="mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-ink-3">
        {badge ? <ScriptedBadge short /> : null}
        {row.tags?.length ? <Tags of={row.tags} /> : null}
        {scores.map((name) =>
          row.scores?.[name] == null ? null : (
            <span key={name}>
              {name} <b className="font-medium text-ink-2">{format.score(row.scores[name])}</b>
            </span>
          ),
        )}
        {duration == null ? null : <span>{format.duration(duration)}</span>}
        {tokens == null ? null : <span>{t`${format.compact(tokens)} tok`}</span>}
        {cost == null ? null : <span>{format.money(cost)}</span>}
      </div>
    </div>
  )
}

function OutputCell({ row }: { row: Row }) {
  if (row.error != null) return <span className="text-worse">{oneLine(row.error)}</span>
  return (
    <span className="text-ink-2">
      <Gist value={row.output} />
    </span>
  )
}
