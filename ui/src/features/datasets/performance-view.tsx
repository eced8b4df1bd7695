import { plural, t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { useMemo, useState } from 'react'
import { experimentsQuery } from '@/api/objects'
import type { Dataset, Experiment } from '@/api/types'
import { Gist } from '@/components/gist'
import { SubHead } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import type { Column } from '@/components/table/columns'
import { Badge, SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice } from '@/components/ui/menu'
import * as format from '@/lib/format'
import { useProject } from '../projects/project-context'
import {
  byRow,
  cellMean,
  experimentsOver,
  hardestFirst,
  isFlaky,
  MOST_RUNS,
  rowMean,
  runsQuery,
  type RowResult,
} from './performance'

const ALL = ' all'

/** Rows against experiments: what each row scored in each run over this dataset, hardest first. */
export function PerformanceView({ dataset, onRow }: { dataset: Dataset; onRow: (id: string) => void }) {
  const { org, project } = useProject()
  const experiments = useQuery(experimentsQuery(project.id))
  const over = useMemo(
    () => experimentsOver(dataset.id, experiments.data ?? []),
    [dataset.id, experiments.data],
  )
  const runs = useQuery(
    runsQuery(
      dataset.id,
      over.map((experiment) => experiment.id),
    ),
  )
  const [picked, setPicked] = useState(ALL)
  const results = useMemo(() => byRow(runs.data ?? []), [runs.data])
  const names = useMemo(
    () => [...new Set((runs.data ?? []).flatMap((run) => Object.keys(run.scores ?? {})))].toSorted(),
    [runs.data],
  )
  const score = names.includes(picked) ? picked : null
  const rows = useMemo(() => hardestFirst(results, score), [results, score])
  const columns = useMemo(
    () => performanceColumns(over, score, { org, project: project.name }),
    [over, score, org, project.name],
  )
  const error = experiments.error ?? runs.error
  if (error) return <ErrorState error={error} retry={() => void runs.refetch()} />
  if (!experiments.data || (over.length > 0 && !runs.data)) return <SkeletonRows label={t`Loading results`} />
  if (rows.length === 0)
    return (
      <Empty
        title={t`No experiment has run over this dataset`}
        code={`import assay\nassay.Eval(${JSON.stringify(project.name)}, data=assay.init_dataset(${JSON.stringify(project.name)}, ${JSON.stringify(dataset.name)}), task=my_task, scores=[my_score])`}
      >
        {t`Run one, and what each row scored stands here.`}
      </Empty>
    )
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <SubHead>
        <Menu
          trigger={
            <Button title={t`Score`}>
              {score ?? t`Mean of all scores`} <ChevronDown size={13} aria-hidden className="text-ink-3" />
            </Button>
          }
        >
          <MenuChoice
            value={score ?? ALL}
            onChange={setPicked}
            options={[
              { value: ALL, label: t`Mean of all scores` },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
          />
        </Menu>
        <span className="text-s text-ink-3">
          <Trans>
            <Plural value={rows.length} one="# row" other="# rows" /> in{' '}
            <Plural value={over.length} one="# experiment" other="# experiments" />, hardest first
          </Trans>
          {runs.data && runs.data.length >= MOST_RUNS ? (
            <>
              {' · '}
              {t`Only the first ${format.count(MOST_RUNS)} runs are counted.`}
            </>
          ) : null}
        </span>
      </SubHead>
      <DataTable
        label={t`Performance`}
        rows={rows}
        columns={columns}
        rowKey={rowKey}
        storageKey="row-performance"
        onOpen={(result) => onRow(result.row.id)}
        renderCompact={(result) => <Compact result={result} score={score} />}
      />
    </div>
  )
}

const rowKey = (result: RowResult): string => result.row.id

function performanceColumns(
  experiments: readonly Experiment[],
  score: string | null,
  here: { org: string; project: string },
): Column<RowResult>[] {
  return [
    {
      id: 'input',
      header: t`Input`,
      label: t`Input`,
      size: 240,
      grow: 3,
      fixed: true,
      cell: ({ row }) => <Gist value={row.input} />,
    },
    {
      id: 'mean',
      header: t`Mean`,
      label: t`Mean over the experiments`,
      size: 110,
      align: 'right',
      cell: (result) => (
        <span className="inline-flex items-center gap-1.5">
          {isFlaky(result, score) ? (
            <Badge tone="warn" title={t`Repetitions in one experiment disagree`}>
              {t`flaky`}
            </Badge>
          ) : null}
          <b className="font-semibold">{shown(rowMean(result, score))}</b>
        </span>
      ),
    },
    ...experiments.map((experiment): Column<RowResult> => ({
      id: experiment.id,
      header: experiment.name,
      label: experiment.name,
      size: 110,
      align: 'right',
      cell: (result) => {
        const cell = result.cells.get(experiment.id)
        if (!cell) return <span className="text-ink-3">–</span>
        return (
          <Link
            to="/app/$org/p/$project/experiments/$name"
            params={{ ...here, name: experiment.name }}
            search={{ r: cell.root }}
            title={
              cell.errors
                ? t`${plural(cell.runs, { one: '# run', other: '# runs' })}, ${cell.errors} failed`
                : plural(cell.runs, { one: '# run', other: '# runs' })
            }
            className="hover:text-accent hover:underline"
          >
            {cell.errors ? <span className="text-worse">{t`error`} </span> : null}
            {shown(cellMean(cell, score))}
          </Link>
        )
      },
    })),
  ]
}

function shown(value: number | null): string {
  return value === null ? '–' : format.score(value)
}

function Compact({ result, score }: { result: RowResult; score: string | null }) {
  return (
    <div className="flex gap-3">
      <span className="min-w-0 flex-1 truncate">
        <Gist value={result.row.input} />
      </span>
      <b className="font-semibold tabular-nums">{shown(rowMean(result, score))}</b>
    </div>
  )
}
