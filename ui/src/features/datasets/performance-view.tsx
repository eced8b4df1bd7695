import { plural, t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { useMemo, useState } from 'react'
import { experimentsQuery } from '@/api/objects'
import { aggregateSqls, lowerIsBetter, projectScoresQuery } from '@/api/project-scores'
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
import { tellingNames } from '@/lib/telling-names'
import { useProject } from '../projects/project-context'
import {
  byRow,
  cellMean,
  experimentsOver,
  flakiness,
  hardestFirst,
  MOST_RUNS,
  rowMean,
  runsQuery,
  type Measure,
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
  const configured = useQuery(projectScoresQuery(project.id))
  const aggregates = useMemo(() => configured.data && aggregateSqls(configured.data), [configured.data])
  const lower = useMemo(() => lowerIsBetter(configured.data ?? []), [configured.data])
  const runs = useQuery(
    runsQuery(
      dataset.id,
      over.map((experiment) => experiment.id),
      aggregates,
    ),
  )
  const [picked, setPicked] = useState(ALL)
  const results = useMemo(() => byRow(runs.data ?? []), [runs.data])
  const names = useMemo(
    () => [...new Set((runs.data ?? []).flatMap((run) => Object.keys(run.scores ?? {})))].toSorted(),
    [runs.data],
  )
  const score = names.includes(picked) ? picked : null
  const measure = useMemo((): Measure => ({ score, lower }), [score, lower])
  const rows = useMemo(() => hardestFirst(results, measure), [results, measure])
  const columns = useMemo(
    () => performanceColumns(over, measure, { org, project: project.name }),
    [over, measure, org, project.name],
  )
  const error = experiments.error ?? configured.error ?? runs.error
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
          {score === null && names.some((name) => lower.has(name)) ? (
            <>
              {' · '}
              {t`Of scores where less is better, 1 − x counts.`}
            </>
          ) : null}
          {score !== null && lower.has(score) ? (
            <>
              {' · '}
              {t`Less is better.`}
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
        renderCompact={(result) => <Compact result={result} measure={measure} />}
      />
    </div>
  )
}

const rowKey = (result: RowResult): string => result.row.id

function performanceColumns(
  experiments: readonly Experiment[],
  measure: Measure,
  here: { org: string; project: string },
): Column<RowResult>[] {
  const short = tellingNames(experiments.map(({ name }) => name))
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
      size: 128,
      align: 'right',
      cell: (result) => (
        <span className="inline-flex items-center gap-1.5">
          <Flaky result={result} measure={measure} />
          <b className="font-semibold">{shown(rowMean(result, measure))}</b>
        </span>
      ),
    },
    ...experiments.map((experiment, i): Column<RowResult> => ({
      id: experiment.id,
      header: <span title={experiment.name}>{short[i]}</span>,
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
            {shown(cellMean(cell, measure))}
          </Link>
        )
      },
    })),
  ]
}

function shown(value: number | null): string {
  return value === null ? '–' : format.score(value)
}

/** Says that repetitions of the row in one experiment disagree about passing, and how often they do. */
function Flaky({ result, measure }: { result: RowResult; measure: Measure }) {
  const { flaky, of } = flakiness(result, measure)
  if (flaky === 0) return null
  return (
    <Badge tone="warn" title={t`Its trials disagree about passing in ${flaky} of ${of} experiments`}>
      {of > 1 ? t`flaky ${flaky}/${of}` : t`flaky`}
    </Badge>
  )
}

function Compact({ result, measure }: { result: RowResult; measure: Measure }) {
  return (
    <div className="flex gap-3">
      <span className="min-w-0 flex-1 truncate">
        <Gist value={result.row.input} />
      </span>
      <Flaky result={result} measure={measure} />
      <b className="font-semibold tabular-nums">{shown(rowMean(result, measure))}</b>
    </div>
  )
}
