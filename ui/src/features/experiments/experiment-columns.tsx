import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { GitBranch } from 'lucide-react'
import type { ComparedItem, Comparison, Dataset, Experiment } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Time } from '@/components/time'
import { Badge, Skeleton, Tag } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { gitLabel } from './git'
import { RunState } from './run-progress'
import { explain, toneOf } from './verdict'

/** An experiment with its summary, once that has been read. */
export type ExperimentRow = { experiment: Experiment; comparison: Comparison | null; failed: boolean }

export function scoresOf(rows: readonly ExperimentRow[]): string[] {
  return [...new Set(rows.flatMap((row) => row.comparison?.scores.map((item) => item.name) ?? []))]
}

export function experimentColumns(
  rows: readonly ExperimentRow[],
  datasets: readonly Dataset[],
): Column<ExperimentRow>[] {
  const late = (row: ExperimentRow, text: string): React.ReactNode =>
    row.comparison ? text : row.failed ? '–' : <Skeleton className="ml-auto h-2.5 w-10" />
  return [
    {
      id: 'name',
      header: t`Name`,
      label: t`Name`,
      size: 180,
      grow: 3,
      fixed: true,
      cell: (row) => <NameCell row={row} />,
    },
    ...(rows.some((row) => row.experiment.progress)
      ? [
          {
            id: 'run',
            header: t`Run`,
            label: t`How far the run is`,
            // A word for those that ended well, a bar and more for others.
            size: rows.every(({ experiment: { progress } }) => !progress || progress.state === 'finished')
              ? 76
              : 138,
            cell: ({ experiment }: ExperimentRow) => <RunState experiment={experiment} />,
          } satisfies Column<ExperimentRow>,
        ]
      : []),
    ...scoresOf(rows).map((name): Column<ExperimentRow> => ({
      id: `scores.${name}`,
      header: name,
      label: name,
      size: 160,
      cell: (row) =>
        row.comparison || row.failed ? (
          <ScoreMean item={row.comparison?.scores.find((item) => item.name === name)} />
        ) : (
          <Skeleton className="h-2.5 w-24" />
        ),
    })),
    {
      id: 'cases',
      header: t`Cases`,
      label: t`Cases`,
      size: 56,
      align: 'right',
      cell: (row) => late(row, format.count(row.comparison?.totals.cases)),
    },
    {
      id: 'errors',
      header: t`Errors`,
      label: t`Errors`,
      size: 58,
      align: 'right',
      cell: (row) => <ErrorsCell row={row} />,
    },
    {
      id: 'duration',
      header: t`Duration`,
      label: t`Mean duration`,
      size: 78,
      align: 'right',
      cell: (row) => late(row, format.duration(row.comparison?.totals.duration)),
    },
    {
      id: 'cost',
      header: t`Cost`,
      label: t`Cost of the task, all cases`,
      size: 84,
      align: 'right',
      cell: (row) => late(row, format.money(row.comparison?.totals.task.cost)),
    },
    ...(rows.some((row) => row.experiment.dataset_id || row.experiment.dataset_version)
      ? [
          {
            id: 'dataset',
            header: t`Dataset`,
            label: t`Dataset and its version`,
            size: 140,
            cell: ({ experiment }: ExperimentRow) => (
              <DatasetCell
                name={datasets.find((item) => item.id === experiment.dataset_id)?.name}
                version={experiment.dataset_version}
              />
            ),
          } satisfies Column<ExperimentRow>,
        ]
      : []),
    {
      id: 'git',
      header: t`Git`,
      label: t`Git`,
      size: 112,
      grow: 1,
      cell: (row) => <GitCell experiment={row.experiment} />,
    },
    {
      id: 'created',
      header: t`Created`,
      label: t`Created`,
      size: 92,
      align: 'right',
      cell: (row) => (
        <span className="text-ink-3">
          <Time iso={row.experiment.created} />
        </span>
      ),
    },
  ]
}

function NameCell({ row: { experiment, comparison } }: { row: ExperimentRow }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="min-w-0">
        <span className="block truncate font-medium">{experiment.name}</span>
        {comparison?.baseline ? (
          <span className="block truncate text-xs text-ink-3">
            <Trans>vs {comparison.baseline.name}</Trans>
          </span>
        ) : null}
      </span>
      {experiment.tags?.map((tag) => (
        <Tag key={tag}>{tag}</Tag>
      ))}
    </span>
  )
}

/** Mean, half width of its interval, and the verdict against the baseline. */
function ScoreMean({ item }: { item: ComparedItem | undefined }) {
  if (!item || item.mean === null) return <span className="text-ink-3">–</span>
  const half = item.interval ? (item.interval[1] - item.interval[0]) / 2 : null
  const decided = item.verdict === 'better' || item.verdict === 'worse'
  return (
    <span className="flex items-center gap-1.5" title={item.verdict ? explain(item) : undefined}>
      <span className="font-medium">{format.score(item.mean)}</span>
      {half === null ? null : <span className="text-xs text-ink-3">±{format.score(half)}</span>}
      {item.diff !== null && item.verdict ? (
        <Badge tone={toneOf(item.verdict)} className={cx(!decided && '!font-normal')}>
          {decided ? format.signed(item.diff, item.unit) : item.verdict}
        </Badge>
      ) : null}
    </span>
  )
}

function ErrorsCell({ row }: { row: ExperimentRow }) {
  const errors = row.comparison?.totals.errors
  if (errors === undefined) return <span className="text-ink-3">–</span>
  return (
    <span className={cx(errors > 0 ? 'font-medium text-worse' : 'text-ink-3')}>{format.count(errors)}</span>
  )
}

function DatasetCell({ name, version }: { name: string | undefined; version: string | null | undefined }) {
  if (!name && !version) return <span className="text-ink-3">–</span>
  return (
    <span className="text-ink-2" title={version ? t`Version ${version}` : undefined}>
      {name}{' '}
      {version ? (
        <span className="text-xs text-ink-3">
          <Trans>v {version.slice(-6)}</Trans>
        </span>
      ) : null}
    </span>
  )
}

function GitCell({ experiment }: { experiment: Experiment }) {
  const label = gitLabel(experiment)
  if (!label) return <span className="text-ink-3">–</span>
  return (
    <span
      className="flex items-center gap-1 text-ink-2"
      title={experiment.repo_info?.commit_message ?? undefined}
    >
      <GitBranch size={12} aria-hidden className="shrink-0 text-ink-3" />
      <span className="truncate">{label}</span>
    </span>
  )
}

/** An experiment on a phone. */
export function CompactExperiment({ row, scores }: { row: ExperimentRow; scores: readonly string[] }) {
  const totals = row.comparison?.totals
  return (
    <div>
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{row.experiment.name}</span>
        {row.experiment.progress && row.experiment.progress.state !== 'finished' ? (
          <RunState experiment={row.experiment} />
        ) : null}
        <span className="text-s text-ink-3">
          <Time iso={row.experiment.created} />
        </span>
      </div>
      {scores.map((name) => (
        <div key={name} className="flex min-h-[21px] items-center gap-2 text-s">
          <span className="w-32 truncate text-ink-3">{name}</span>
          <ScoreMean item={row.comparison?.scores.find((item) => item.name === name)} />
        </div>
      ))}
      {row.comparison?.baseline ? (
        <div className="truncate text-xs text-ink-3">
          <Trans>vs {row.comparison.baseline.name}</Trans>
        </div>
      ) : null}
      <div className="text-xs text-ink-3">
        {totals
          ? [
              plural(totals.cases, { one: '# case', other: '# cases' }),
              format.duration(totals.duration),
              format.money(totals.task.cost),
            ].join(' · ')
          : null}
      </div>
    </div>
  )
}
