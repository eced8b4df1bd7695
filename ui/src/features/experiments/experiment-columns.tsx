import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { GitBranch } from 'lucide-react'
import type { Comparison, Dataset, Experiment } from '@/api/types'
import { nameOf, type Person } from '@/api/people'
import type { Column } from '@/components/table/columns'
import { Time } from '@/components/time'
import { Skeleton } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { oneLine } from '@/lib/json'
import { gitLabel } from './git'
import { RunState } from './run-progress'
import { ScoreMean, VerdictCell } from './score-cells'

/** An experiment with its summary, once that has been read. */
export type ExperimentRow = { experiment: Experiment; comparison: Comparison | null; failed: boolean }

const MOST_PARAMETERS = 4

/** The scores that experiments have, those of most experiments first. */
export function scoresOf(rows: readonly ExperimentRow[]): string[] {
  const found = new Map<string, number>()
  for (const { comparison } of rows)
    for (const { name, mean } of comparison?.scores ?? [])
      if (mean !== null) found.set(name, (found.get(name) ?? 0) + 1)
  return [...found].toSorted(([, a], [, b]) => b - a).map(([name]) => name)
}

/** Fields of metadata that tell experiments apart: plain values, not the same in all. */
export function parametersOf(rows: readonly ExperimentRow[]): string[] {
  const values = new Map<string, Set<unknown>>()
  for (const { experiment } of rows)
    for (const [key, value] of Object.entries(experiment.metadata ?? {}))
      if (value !== null && typeof value !== 'object')
        values.set(key, (values.get(key) ?? new Set()).add(value))
  const telling = [...values].filter(([, different]) => different.size > 1).map(([key]) => key)
  return telling.slice(0, MOST_PARAMETERS)
}

export function severalPeople(experiments: readonly Experiment[]): boolean {
  return new Set(experiments.map(({ user_id }) => user_id)).size > 1
}

type Known = { datasets: readonly Dataset[]; people: readonly Person[] }

export function experimentColumns(
  rows: readonly ExperimentRow[],
  { datasets, people }: Known,
): Column<ExperimentRow>[] {
  const late = (row: ExperimentRow, text: string): React.ReactNode =>
    row.comparison ? text : row.failed ? '–' : <Skeleton className="ml-auto h-2.5 w-10" />
  return [
    {
      id: 'name',
      header: t`Name`,
      label: t`Name`,
      size: 220,
      grow: 3,
      fixed: true,
      sortable: true,
      cell: (row) => <NameCell row={row} />,
    },
    ...(rows.some(({ comparison }) => comparison?.scores.some(({ verdict }) => verdict))
      ? [
          {
            id: 'verdict',
            header: t`Verdict`,
            label: t`Verdict against the baseline`,
            size: 132,
            cell: ({ comparison }: ExperimentRow) =>
              comparison ? <VerdictCell comparison={comparison} /> : <Skeleton className="h-2.5 w-16" />,
          } satisfies Column<ExperimentRow>,
        ]
      : []),
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
      size: 134,
      sortable: true,
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
      sortable: true,
      cell: (row) => late(row, format.count(row.comparison?.totals.cases)),
    },
    {
      id: 'errors',
      header: t`Errors`,
      label: t`Errors`,
      size: 58,
      align: 'right',
      sortable: true,
      cell: (row) => <ErrorsCell row={row} />,
    },
    {
      id: 'duration',
      header: t`Duration`,
      label: t`Mean duration`,
      size: 78,
      align: 'right',
      sortable: true,
      cell: (row) => late(row, format.duration(row.comparison?.totals.duration)),
    },
    {
      id: 'cost',
      header: t`Cost`,
      label: t`Cost of the task, all cases`,
      size: 84,
      align: 'right',
      sortable: true,
      cell: (row) => late(row, format.money(row.comparison?.totals.task.cost)),
    },
    {
      id: 'tokens',
      header: t`Tokens`,
      label: t`Tokens of the task, all cases`,
      size: 66,
      align: 'right',
      sortable: true,
      cell: (row) => late(row, format.compact(row.comparison?.totals.task.tokens)),
    },
    ...parametersOf(rows).map((key): Column<ExperimentRow> => ({
      id: `metadata.${key}`,
      header: key,
      label: key,
      size: 112,
      sortable: true,
      cell: ({ experiment }) => <Plain text={oneLine(experiment.metadata?.[key], 120)} />,
    })),
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
    ...(severalPeople(rows.map((row) => row.experiment))
      ? [
          {
            id: 'by',
            header: t`By`,
            label: t`Who ran it`,
            size: 100,
            cell: ({ experiment }: ExperimentRow) => {
              const person = people.find(({ id }) => id === experiment.user_id)
              return <Plain text={person ? nameOf(person) : ''} />
            },
          } satisfies Column<ExperimentRow>,
        ]
      : []),
    {
      id: 'created',
      header: t`Created`,
      label: t`Created`,
      size: 92,
      align: 'right',
      sortable: true,
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
    <span className="min-w-0 leading-[17px]">
      <span className="block truncate font-medium" title={experiment.name}>
        {experiment.name}
      </span>
      <span className="flex items-baseline gap-1.5 text-xs text-ink-3">
        {experiment.tags?.map((tag) => (
          <span key={tag} className="shrink-0 rounded-s bg-sunken px-1 text-ink-2">
            {tag}
          </span>
        ))}
        {comparison?.baseline ? (
          <span className="truncate" title={comparison.baseline.name}>
            <Trans>vs {comparison.baseline.name}</Trans>
          </span>
        ) : null}
      </span>
    </span>
  )
}

function Plain({ text }: { text: string }) {
  return text ? (
    <span className="truncate text-ink-2" title={text}>
      {text}
    </span>
  ) : (
    <span className="text-ink-3">–</span>
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
      {scores
        .flatMap((name) => row.comparison?.scores.find((item) => item.name === name) ?? [])
        .filter(({ mean }) => mean !== null)
        .map((item) => (
          <div key={item.name} className="flex min-h-[21px] items-center gap-2 text-s">
            <span className="w-32 truncate text-ink-3">{item.name}</span>
            <ScoreMean item={item} inline />
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
