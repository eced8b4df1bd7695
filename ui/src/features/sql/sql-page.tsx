import { t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChartLine, Link2, ListTree, Play, Table2 } from 'lucide-react'
import { Suspense, useEffect, useMemo, useState } from 'react'
import { ApiError } from '@/api/client'
import { copyText } from '@/components/copy'
import { PageHead, Spacer, SubHead } from '@/components/page'
import { ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { Badge, Skeleton, SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import { MOD } from '@/lib/hotkeys'
import { loadLater } from '@/lib/load-later'
import type { SqlSearch } from '@/lib/search-params'
import { literal } from '@/lib/sql'
import { readPreference, usePreference, writePreference } from '@/lib/storage'
import { useProject } from '../projects/project-context'
import { usePlan, useSchema, type PlanState } from './api'
import type { Mistake } from './editor'
import { PlanView } from './plan-view'
import { ResultChart } from './result-chart'
import { resultColumns, type ResultRow } from './result-columns'
import { ResultMenu } from './result-menu'
import { SavedMenu } from './saved-menu'
import { HistoryMenu, SheetTabs } from './sheet-tabs'
import { changed, readSheets, useHistory, withQuery, type Sheets } from './sheets'
import { useResult } from './use-result'

const RowDialog = loadLater(async () => (await import('./row-dialog')).RowDialog)
const SqlEditor = loadLater(async () => (await import('./editor')).SqlEditor)

/** Any SELECT over the spans. What ran is in the address, so a result can be shared as a link. */
export function SqlPage() {
  const { project } = useProject()
  const search = useSearch({ from: '/app/$org/p/$project/sql' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/sql' })
  const { sheets, setSheets, sheet, edit, open } = useSheets(project.id, project.name, search.query)
  const client = useQueryClient()
  const [past, remember, forget] = useHistory(project.id)
  const schema = useSchema(sheet.text)
  const { query } = search
  const explained = search.show === 'plan'
  const result = useResult(explained ? undefined : query)
  const plan = usePlan(explained ? query : undefined)
  const refusal = explained ? plan.error : result.error
  // The answer belongs to the tab whose text was asked.
  const current = Boolean(query) && sheet.text === query
  const mistake = useMemo(() => (current ? mistakeOf(refusal) : null), [current, refusal])

  const finished = result.isFetching ? 0 : Math.max(result.dataUpdatedAt, result.errorUpdatedAt)
  useEffect(() => {
    if (!query || !finished) return
    const failed = result.errorUpdatedAt === finished && result.error !== null
    remember({ query, at: new Date(finished).toISOString(), rows: result.data?.rows.length ?? null, failed })
    // oxlint-disable-next-line react/exhaustive-deps -- once for each answer
  }, [query, finished])

  function ask(show: SqlSearch['show'], refetch: () => unknown): void {
    if (!sheet.text.trim()) return
    if (sheet.text === query && search.show === show) refetch()
    else void navigate({ search: (now: SqlSearch) => ({ ...now, query: sheet.text, show }) })
  }
  function run(): void {
    // An answer from before the explanation is not what was asked for now.
    if (explained) void client.invalidateQueries({ queryKey: ['sql', query], exact: true })
    ask(explained ? undefined : search.show, result.refetch)
  }
  const show = (next: SqlSearch['show']): void =>
    void navigate({ search: (now: SqlSearch) => ({ ...now, show: next }), replace: true })

  return (
    <>
      <PageHead crumbs={[{ label: t`SQL` }]}>
        <Spacer />
        <HistoryMenu past={past} onPick={(text) => open(text)} onForget={forget} />
        <SavedMenu
          query={sheet.text}
          title={sheet.title}
          onOpen={(saved) => open(saved.query, saved.name)}
          onSaved={(title) => edit({ title })}
        />
        <Button
          title={t`What it would read, and what is expensive, without running it`}
          onClick={() => ask('plan', plan.refetch)}
          disabled={!sheet.text.trim()}
        >
          {t`Explain`}
        </Button>
        <Button
          variant="primary"
          icon={<Play size={13} aria-hidden />}
          onClick={run}
          disabled={!sheet.text.trim()}
        >
          <Trans>
            Run <span className="max-sm:hidden">{MOD}↵</span>
          </Trans>
        </Button>
      </PageHead>
      <SubHead className="!flex-nowrap">
        <SheetTabs sheets={sheets} onSheets={setSheets} />
      </SubHead>
      <div
        className="h-[30vh] min-h-28 shrink-0 resize-y overflow-hidden border-b border-line"
        style={{ maxHeight: '70vh' }}
      >
        <Suspense fallback={<Skeleton className="m-3.5 h-24" />}>
          <SqlEditor
            key={sheet.id}
            text={sheet.text}
            schema={schema}
            mistake={mistake}
            onText={(text) => edit({ text })}
            onRun={run}
          />
        </Suspense>
      </div>
      {explained && query ? (
        <PlanResult state={plan} shown={current} show={show} />
      ) : (
        <Result state={result} shown={current} query={query} chart={search.show === 'chart'} show={show} />
      )}
    </>
  )
}

function useSheets(projectId: string, projectName: string, query: string | undefined) {
  const start = example(projectName)
  const key = `sql.sheets.${projectId}`
  const [stored, setSheets] = usePreference<unknown>(key, null)
  const sheets = readSheets(stored, start)
  const sheet = sheets.open.find((one) => one.id === sheets.active) ?? sheets.open[0]!
  // A link opens its query, in a tab of its own when the one on top is in use.
  useEffect(() => {
    if (query) writePreference(key, withQuery(readSheets(readPreference(key, null), start), query, start))
  }, [query, key, start])
  return {
    sheets,
    setSheets: (next: Sheets) => setSheets(next),
    sheet,
    edit: (changes: { text?: string; title?: string }) => setSheets(changed(sheets, sheet.id, changes)),
    open: (text: string, title?: string) => {
      const next = withQuery(sheets, text, start)
      setSheets(title ? changed(next, next.active, { title }) : next)
    },
  }
}

function mistakeOf(error: Error | null): Mistake | null {
  if (!(error instanceof ApiError)) return null
  const { line, column } = error.details
  return typeof line === 'number'
    ? { line, column: typeof column === 'number' ? column : 1, message: error.message }
    : null
}

type ResultProps = {
  state: ReturnType<typeof useResult>
  shown: boolean
  query: string | undefined
  chart: boolean
  show: (next: SqlSearch['show']) => void
}

const SHOWN = [
  { show: undefined, label: t`Table`, Icon: Table2 },
  { show: 'chart', label: t`Chart`, Icon: ChartLine },
  { show: 'plan', label: t`Plan`, Icon: ListTree },
] as const

function ShowAs({ now, show }: { now: SqlSearch['show']; show: ResultProps['show'] }) {
  return (
    <span className="flex rounded border border-line p-px" role="group" aria-label={t`Show as`}>
      {SHOWN.map(({ show: one, label, Icon }) => (
        <Button
          key={label}
          variant={one === now ? 'active' : 'ghost'}
          icon={<Icon size={13} aria-hidden />}
          aria-pressed={one === now}
          className="!h-6"
          onClick={() => show(one)}
        >
          {label}
        </Button>
      ))}
    </span>
  )
}

function PlanResult({ state, shown, show }: { state: PlanState; shown: boolean; show: ResultProps['show'] }) {
  const { data, error, isFetching } = state
  if (isFetching && !data) return <SkeletonRows label={t`Planning`} />
  if (error) return shown ? <Failure error={error} /> : <Hint>{t`This query was not explained.`}</Hint>
  if (!data) return null
  return (
    <>
      <SubHead>
        <ShowAs now="plan" show={show} />
        <span className="text-s text-ink-3">
          {shown ? t`Planned, not run` : t`The query before this one, planned and not run`}
        </span>
      </SubHead>
      <PlanView plan={data} />
    </>
  )
}

function Result({ state, shown, query, chart, show }: ResultProps) {
  const { data, error, isFetching } = state
  const columns = useMemo(() => resultColumns(data?.rows ?? []), [data?.rows])
  const [opened, setOpened] = useState<ResultRow | null>(null)
  if (!query) return <Hint>{t`Run the query to see its rows here.`}</Hint>
  if (isFetching && !data) return <SkeletonRows label={t`Running`} />
  if (error) return shown ? <Failure error={error} /> : <Hint>{t`This query has not run.`}</Hint>
  if (!data) return null
  const link = `${window.location.origin}${window.location.pathname}?${new URLSearchParams({ query, ...(chart ? { show: 'chart' } : {}) })}`
  return (
    <>
      <SubHead>
        <ShowAs now={chart ? 'chart' : undefined} show={show} />
        <span className="flex flex-wrap gap-x-2 text-s text-ink-3">
          <span>
            <Trans>
              <Plural value={data.rows.length} one="# row" other="# rows" /> in{' '}
              {Math.round(data.milliseconds)} ms
            </Trans>
          </span>
          {data.more ? (
            <span>
              {state.isFetchingMore ? t`More are read …` : t`There are more: scroll on, or download all.`}
            </span>
          ) : null}
          {shown ? null : <span>{t`Of the query that ran before.`}</span>}
        </span>
        {data.warnings.map((warning) => (
          <Badge key={warning.code} tone="warn" title={warning.message}>
            {warning.code.replaceAll('_', ' ')}
          </Badge>
        ))}
        <Spacer />
        <Button
          variant="ghost"
          icon={<Link2 size={14} aria-hidden />}
          onClick={() => void copyText(link).then((done) => done && notify(t`Link copied`))}
        >
          {t`Share`}
        </Button>
        <ResultMenu query={query} />
      </SubHead>
      {data.rows.length === 0 ? <Hint>{t`The query ran and found nothing.`}</Hint> : null}
      {data.rows.length && chart ? (
        <div className="min-h-0 flex-1 overflow-auto">
          <ResultChart rows={data.rows} />
        </div>
      ) : null}
      {data.rows.length && !chart ? (
        <DataTable
          label={t`Result`}
          rows={data.rows}
          columns={columns}
          rowKey={rowKey}
          storageKey="sql"
          openKey={opened ? rowKey(opened) : null}
          onOpen={setOpened}
          onEnd={state.fetchMore}
        />
      ) : null}
      <Suspense>{opened ? <RowDialog row={opened} onClose={() => setOpened(null)} /> : null}</Suspense>
    </>
  )
}

const rowKey = (row: ResultRow): string => String(row.index)

function Hint({ children }: { children: string }) {
  return <p className="px-3.5 py-8 text-ink-2">{children}</p>
}

function example(project: string): string {
  return [
    "SELECT date_trunc('hour', created) AS hour, count(*) AS traces,",
    '       avg(metrics.end - metrics.start) AS seconds',
    `FROM project_logs(${literal(project)})`,
    'WHERE is_root',
    'GROUP BY 1',
    'ORDER BY 1 DESC',
    'LIMIT 100',
  ].join('\n')
}

function Failure({ error }: { error: Error }) {
  const mistake = mistakeOf(error)
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <ErrorState error={error}>
        {mistake ? (
          <p className="mt-1 text-ink-2">
            <Trans>
              At line {mistake.line}, column {mistake.column}.
            </Trans>
          </p>
        ) : null}
      </ErrorState>
    </div>
  )
}
