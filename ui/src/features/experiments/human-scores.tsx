/** Scores that people give, in the table of cases: which questions have a column, and what was answered. */
import { t } from '@lingui/core/macro'
import { useQueries, useQuery } from '@tanstack/react-query'
import { PenLine } from 'lucide-react'
import { useMemo } from 'react'
import type { Case, CasesPage } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Button } from '@/components/ui/button'
import { Menu, MenuCheck, MenuLabel } from '@/components/ui/menu'
import { useReadOnly } from '@/lib/read-only'
import { useStable } from '@/lib/use-stable'
import { useMay, useProject } from '../projects/project-context'
import { configsQuery, type ScoreConfig } from '../review/configs'
import { useRefresh } from '../review/feedback'
import { useAnswers, type Answered } from '../review/use-review'
import { AnswerCell, type Give } from './answer-cell'
import { answersQuery } from './api'

export type HumanScores = {
  /** What the project asks people, and of these what has a column. */
  questions: readonly ScoreConfig[]
  asked: readonly ScoreConfig[]
  /** The rows of a case, a trial each; undefined until they are read, null where they could not be. */
  rowsOf: (item: Case) => readonly Answered[] | undefined | null
  give: Give | null
}

const NO_QUESTIONS: readonly ScoreConfig[] = []

/** Ids of the rows of a case in the experiment on show; a case that only a baseline has has none there. */
function rowIdsOf({ runs, row_id: id }: Case): string[] {
  if (runs.length > 0) return runs.map((run) => run.row_id)
  return id === null ? [] : [id]
}

/** The questions that `ask` names, with the answers to them about the cases read so far. */
export function useHumanScores(
  experimentId: string,
  pages: readonly CasesPage[],
  ask: readonly string[] | undefined,
): HumanScores {
  const { project } = useProject()
  const readOnly = useReadOnly()
  const writes = useMay('experiment', 'update') && !readOnly
  const { data: questions = NO_QUESTIONS } = useQuery({ ...configsQuery(project.id), enabled: !readOnly })
  const asked = useMemo(() => questions.filter(({ name }) => ask?.includes(name)), [questions, ask])
  const { read, state } = useQueries({
    queries: (asked.length ? pages : [])
      .flatMap((page) => inParts(page.cases.flatMap(rowIdsOf)))
      .map((ids) => answersQuery(experimentId, ids)),
    combine: together,
  })
  const { rows, give } = useAnswers({ from: 'experiment', objectId: experimentId }, read, useRefresh())
  const write = useStable((row: Answered, config: ScoreConfig, answer: Parameters<Give>[2]) => {
    void give(row, config, answer)
  })
  return useMemo(() => {
    const byId = new Map(rows.map((row) => [row.id, row]))
    const rowsOf: HumanScores['rowsOf'] = (item) => {
      const ids = rowIdsOf(item)
      const found = ids.flatMap((id) => byId.get(id) ?? [])
      if (found.length > 0 || ids.length === 0 || state === 'read') return found
      return state === 'failed' ? null : undefined
    }
    return { questions, asked, rowsOf, give: writes ? write : null }
  }, [questions, asked, rows, state, writes, write])
}

/** Cases of many trials have more rows than one answer of the server holds. */
const MOST_ROWS = 500

function inParts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MOST_ROWS) }, (_, i) =>
    ids.slice(i * MOST_ROWS, (i + 1) * MOST_ROWS),
  )
}

type Reading = { data: Answered[] | undefined; isError: boolean; isPending: boolean }
type Together = { read: Answered[]; state: 'read' | 'failed' | 'pending' }

/** The rows of all pages, and whether each has been read. */
function together(pages: readonly Reading[]): Together {
  const read = pages.flatMap(({ data }) => data ?? [])
  if (pages.some(({ data, isError }) => isError && !data)) return { read, state: 'failed' }
  return { read, state: pages.some(({ isPending }) => isPending) ? 'pending' : 'read' }
}

const SIZES = { slider: 84, categorical: 124, 'free-form': 180 } as const

/** A column each asked question, after the answers of the experiment on show. */
export function withHumanScores(columns: Column<Case>[], human: HumanScores): Column<Case>[] {
  if (human.asked.length === 0) return columns
  const own = human.asked.map((config): Column<Case> => ({
    id: `human.${config.id}`,
    header: (
      <span className="flex items-center gap-1">
        <PenLine size={11} aria-hidden className="shrink-0" />
        <span className="truncate">{config.name}</span>
      </span>
    ),
    label: t`${config.name}, by people`,
    size: SIZES[config.type],
    cell: (item) => <AnswerCell config={config} rows={human.rowsOf(item)} give={human.give} />,
  }))
  const after = columns.findIndex(({ id }) => id === 'output' || id === 'side.0') + 1
  return columns.toSpliced(after, 0, ...own)
}

/** The answers to a case on a phone. */
export function CompactAnswers({ item, human }: { item: Case; human: HumanScores }) {
  if (human.asked.length === 0) return null
  return (
    <dl className="flex flex-wrap items-center gap-x-4 gap-y-1 text-s">
      {human.asked.map((config) => (
        <div key={config.id} className="flex min-w-0 items-center gap-1.5">
          <dt className="text-ink-3">{config.name}</dt>
          <dd className="min-w-0">
            <AnswerCell config={config} rows={human.rowsOf(item)} give={human.give} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Chooses which questions have a column. */
export function HumanMenu({
  human: { questions, asked },
  onAsk,
}: {
  human: HumanScores
  onAsk: (ask: string[] | undefined) => void
}) {
  if (questions.length === 0) return null
  const show = ({ name }: ScoreConfig, on: boolean): void => {
    const names = questions.flatMap((one) => ((one.name === name ? on : asked.includes(one)) ? one.name : []))
    onAsk(names.length ? names : undefined)
  }
  return (
    <Menu
      trigger={
        <Button
          icon={<PenLine size={13} aria-hidden />}
          active={asked.length > 0}
          className="!h-6.5"
          title={t`Scores that people give, in columns`}
        >
          {t`Human scores`}
        </Button>
      }
    >
      <MenuLabel>{t`A column for the answers to`}</MenuLabel>
      {questions.map((config) => (
        <MenuCheck key={config.id} checked={asked.includes(config)} onChange={(on) => show(config, on)}>
          {config.name}
        </MenuCheck>
      ))}
    </Menu>
  )
}
