import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense, useMemo, useState } from 'react'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { copyText } from '@/components/copy'
import { ViewDialog } from '@/components/view-dialog'
import { ViewsMenu } from '@/components/views'
import { notify } from '@/components/ui/toast'
import { loadLater } from '@/lib/load-later'
import type { MonitorSearch } from '@/lib/search-params'
import { literal, path } from '@/lib/sql'
import { useStable } from '@/lib/use-stable'
import { LogsEmpty } from '../logs/empty'
import { newestQuery } from '../logs/api'
import { metadataPaths } from '../logs/discover'
import { useProject } from '../projects/project-context'
import { chartsOf, useBoards } from './boards'
import { AnyChart } from './any-chart'
import { MOST_LINES } from './api'
import type { Command } from './chart-card'
import { ChartEditor } from './chart-editor'
import { standard, PROMPT, type Chart } from './charts'
import { PinChanges, usePinChanges } from './pin-changes'
import {
  isSplit,
  LIST,
  listQuestion,
  MOST_NAMES,
  seriesQuestion,
  splitQuestion,
  type Scope,
  type Value,
  type Window,
} from './questions'
import { MonitorToolbar, shortName } from './toolbar'
import { useCharts, type Answers } from './use-charts'
import { useScope } from './use-scope'

const ShareDialog = loadLater(async () => (await import('../sharing/share-dialog')).ShareDialog)

type Asked =
  { kind: 'edit'; chart: Chart | null } | { kind: 'name'; charts: Chart[] } | { kind: 'share' } | null

/** What a project does over time: charts of its logs, on boards that are kept on the server. */
export function MonitorPage() {
  const { org, project } = useProject()
  const search = useSearch({ from: '/app/$org/p/$project/monitor' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/monitor' })
  const update = useStable(
    (changes: Partial<MonitorSearch>, replace?: boolean) =>
      void navigate({ search: (now: MonitorSearch) => ({ ...now, ...changes }), replace: replace ?? false }),
  )
  const boards = useBoards(search, update)
  const [asked, setAsked] = useState<Asked>(null)
  const { q, f } = search
  const { base, window } = useScope(project.id, search)
  const { board, waiting } = boards
  const charts = useMemo(
    () => board?.charts ?? (waiting ? [] : standard(search.by)),
    [board, waiting, search.by],
  )
  const answers = useCharts(charts, base, search.by, window, search.prev === '1')
  const pins = usePinChanges(project.id, answers.ends, window)
  const marks = useMemo(() => pins.map((change) => Date.parse(change.created)), [pins])
  const fields = useFields(project.id)

  const keep = (chart: Chart): void => {
    setAsked(null)
    if (!boards.board) return setAsked({ kind: 'name', charts: [...charts, chart] })
    const known = charts.some((other) => other.id === chart.id)
    const next = known ? charts.map((other) => (other.id === chart.id ? chart : other)) : [...charts, chart]
    return boards.save(next)
  }
  const toLogs = (more: { t?: string; where?: string[] }): void =>
    void navigate({
      to: '/app/$org/p/$project/logs',
      params: { org, project: project.name },
      search: { t: more.t ?? search.t, q, f: [...(f ?? []), ...(more.where ?? [])] },
    })
  const commands = (chart: Chart): Command[] => [
    { label: t`Copy as SQL`, run: () => void copySql(chart, answers, window) },
    ...(boards.board && boards.state.writes
      ? [
          { label: t`Change`, run: () => setAsked({ kind: 'edit', chart }) },
          {
            label: t`Remove from the board`,
            run: () => boards.save(charts.filter((other) => other.id !== chart.id)),
          },
        ]
      : []),
  ]
  const show = (chart: Chart) => (
    <AnyChart
      key={chart.id}
      chart={chart}
      commands={commands(chart)}
      answers={answers}
      window={window}
      onRange={(from, to) => update({ t: `${iso(from)}..${iso(to)}` })}
      onZoomOut={() => update({ t: undefined })}
      onSlot={(from, to) => toLogs({ t: `${iso(from)}..${iso(to)}`, where: grainFilter(chart) })}
      onValue={(value) => toLogs({ where: [...grainFilter(chart), isValue(chart.by ?? '', value)] })}
      onOpen={() => toLogs({ where: grainFilter(chart) })}
      marks={marks}
    />
  )
  const preview = (chart: Chart) => <Preview chart={chart} base={base} window={window} by={search.by} />
  return (
    <>
      <MonitorToolbar
        search={search}
        update={update}
        fields={fields}
        boards={
          <ViewsMenu
            state={boards.state}
            choose={boards.choose}
            canPrefer
            builtIn={t`Standard`}
            noun={t`board`}
            options={{ charts }}
            hint={(view) => plural(chartsOf(view).length, { one: '# chart', other: '# charts' })}
          />
        }
        onAdd={boards.state.writes ? () => setAsked({ kind: 'edit', chart: null }) : undefined}
        onShare={boards.board ? () => setAsked({ kind: 'share' }) : undefined}
      />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        {answers.error ? <ErrorState error={answers.error} /> : null}
        {boards.missing ? (
          <p role="alert" className="px-3.5 py-3 text-s text-ink-2">
            {t`The board of this link is gone, or is not yours to see. These are the standard charts.`}
          </p>
        ) : null}
        {answers.ends === undefined && !answers.error ? <SkeletonRows label={t`Loading charts`} /> : null}
        {answers.ends === null ? <LogsEmpty search={search} update={update} /> : null}
        {answers.ends && answers.undivided ? (
          <p role="status" className="px-3.5 pt-3 text-s text-ink-2">
            {t`Nothing in this time has a ${shortName(search.by ?? '')}: the charts are not divided.`}
          </p>
        ) : null}
        {answers.ends && answers.found > MOST_LINES ? (
          <p role="status" className="px-3.5 pt-3 text-s text-ink-2">
            {foundSaid(answers.found)}
          </p>
        ) : null}
        {answers.ends ? (
          <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,380px),1fr))] gap-3 p-3.5 max-sm:p-3">
            {charts.map(show)}
          </div>
        ) : null}
        {answers.ends ? <PinChanges changes={pins} /> : null}
      </div>
      <Suspense>
        {asked?.kind === 'share' && boards.board ? (
          <ShareDialog
            what="board"
            target={{ object_type: 'view', object_id: boards.board.view.id, project_id: project.id }}
            onClose={() => setAsked(null)}
          />
        ) : null}
      </Suspense>
      {asked?.kind === 'edit' ? (
        <ChartEditor
          chart={asked.chart}
          fields={fields}
          onSave={keep}
          onClose={() => setAsked(null)}
          preview={preview}
        />
      ) : null}
      {asked?.kind === 'name' ? (
        <ViewDialog
          noun={t`board`}
          description={t`The standard board stays as it is: its charts and yours go on a new one.`}
          view={null}
          scopes={boards.state.scopes}
          taken={boards.state.views}
          onClose={() => setAsked(null)}
          onSave={(name, scope) => {
            setAsked(null)
            boards.state.create.mutate({ name, scope, options: { charts: asked.charts } })
          }}
        />
      ) : null}
    </>
  )
}

type PreviewProps = {
  chart: Chart
  base: Scope
  window: Window
  by: string | undefined
}

const nothing = (): void => undefined

/** The chart of the editor, asked for on its own. */
function Preview({ chart, base, window, by }: PreviewProps) {
  const alone = useMemo(() => [chart], [chart])
  const answers = useCharts(alone, base, by, window, false)
  return (
    <AnyChart
      chart={chart}
      commands={[]}
      answers={answers}
      window={window}
      onRange={nothing}
      onZoomOut={nothing}
      onSlot={nothing}
    />
  )
}

/** Fields worth dividing by: what every project has, and the metadata of the newest rows. */
function useFields(projectId: string): string[] {
  const { data } = useQuery(newestQuery(projectId))
  return useMemo(() => {
    const known = metadataPaths(data ?? []).map((keys) => path(...keys))
    return [...new Set(['metadata.model', PROMPT, LIST, 'span_attributes.name', ...known])]
  }, [data])
}

/** How many of the values of a field have lines. */
function foundSaid(found: number): string {
  return found < MOST_NAMES
    ? t`Lines are drawn of the ${MOST_LINES} most frequent of ${found} values.`
    : t`Lines are drawn of the ${MOST_LINES} most frequent of ${MOST_NAMES} values or more.`
}

function grainFilter(chart: Chart): string[] {
  const own = chart.where ? [chart.where] : []
  if (chart.grain === 'calls') return ["span_attributes.type = 'llm'", ...own]
  return chart.grain === 'tools' ? ["span_attributes.type = 'tool'", ...own] : own
}

function isValue(field: string, value: Value): string {
  return field === LIST ? `${LIST} INCLUDES ${literal(value)}` : `${field} = ${literal(value)}`
}

async function copySql(chart: Chart, answers: Answers, window: Window): Promise<void> {
  if (await copyText(sqlOf(chart, answers, window))) notify(t`Copied`)
}

function sqlOf(chart: Chart, { scope, ends }: Answers, window: Window): string {
  if (chart.kind === 'series') return seriesQuestion([chart], scope, window, ends?.unit ?? '1 hour').query
  return chart.kind === 'top' && isSplit(chart, scope)
    ? splitQuestion(chart, scope, window)
    : listQuestion(chart, scope, window)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
