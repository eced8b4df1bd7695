import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download, Play } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ApiError, requestRaw } from '@/api/client'
import { runQuery } from '@/api/query'
import { copyText } from '@/components/copy'
import { PageHead, Spacer, SubHead } from '@/components/page'
import { ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import { plural } from '@/lib/format'
import { MOD } from '@/lib/hotkeys'
import { literal } from '@/lib/sql'
import { copyAs } from '../logs/copy-as'
import { useProject } from '../projects/project-context'
import { resultColumns, type ResultRow } from './result-columns'

/** Any SELECT over the spans. The text is in the address, so a result can be shared as a link. */
export function SqlPage() {
  const { project } = useProject()
  const { query } = useSearch({ from: '/app/$org/p/$project/sql' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/sql' })
  const [draft, setDraft] = useState(query ?? example(project.name))
  const result = useQuery({
    queryKey: ['sql', query],
    queryFn: async ({ signal }) => {
      const started = performance.now()
      const answer = await runQuery<Record<string, unknown>>({ query: query! }, signal)
      return {
        rows: answer.data.map((values, index): ResultRow => ({ index, values })),
        milliseconds: performance.now() - started,
      }
    },
    enabled: Boolean(query),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const columns = useMemo(() => resultColumns(result.data?.rows ?? []), [result.data])

  async function run(): Promise<void> {
    if (draft === query) await result.refetch()
    else await navigate({ search: { query: draft } })
  }

  return (
    <>
      <PageHead crumbs={[{ label: 'SQL' }]}>
        <Spacer />
        <ResultMenu query={draft} />
        <Button
          variant="primary"
          icon={<Play size={13} aria-hidden />}
          onClick={() => void run()}
          disabled={!draft.trim()}
        >
          Run <span className="opacity-75 max-sm:hidden">{MOD}↵</span>
        </Button>
      </PageHead>
      <textarea
        aria-label="SQL"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            void run()
          }
        }}
        spellCheck={false}
        rows={Math.min(14, Math.max(6, draft.split('\n').length + 1))}
        className="shrink-0 resize-y border-b border-line bg-panel px-3.5 py-2.5 font-mono text-s leading-[19px] outline-none"
      />
      {result.error ? <QueryFailure error={result.error} /> : null}
      {result.isFetching && !result.data ? <SkeletonRows label="Running" /> : null}
      {result.data && !result.error ? (
        <>
          <SubHead>
            <span className="text-s text-ink-3">
              {plural(result.data.rows.length, 'row')} in {Math.round(result.data.milliseconds)} ms
            </span>
          </SubHead>
          {result.data.rows.length ? (
            <DataTable
              label="Result"
              rows={result.data.rows}
              columns={columns}
              rowKey={rowKey}
              storageKey="sql"
              onOpen={(row) =>
                void copyText(JSON.stringify(row.values, null, 2)).then(
                  (done) => done && notify('Row copied as JSON'),
                )
              }
            />
          ) : (
            <p className="px-3.5 py-8 text-ink-2">The query ran and found nothing.</p>
          )}
        </>
      ) : null}
    </>
  )
}

const rowKey = (row: ResultRow): string => String(row.index)

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

function QueryFailure({ error }: { error: Error }) {
  const { line, column } = error instanceof ApiError ? error.details : {}
  return (
    <>
      <ErrorState error={error} />
      {typeof line === 'number' ? (
        <p className="mx-auto -mt-10 w-full max-w-xl px-6 text-s text-ink-3">
          At line {line}
          {typeof column === 'number' ? `, column ${column}` : ''}.
        </p>
      ) : null}
    </>
  )
}

function ResultMenu({ query }: { query: string }) {
  const download = async (fmt: 'csv' | 'jsonl' | 'parquet'): Promise<void> => {
    try {
      const response = await requestRaw('/btql', { method: 'POST', body: { query, fmt } })
      save(await response.blob(), `query.${fmt}`)
    } catch (error) {
      notifyError('The download failed', error)
    }
  }
  const copy = async (kind: 'cli' | 'python' | 'curl'): Promise<void> => {
    if (await copyText(copyAs(kind, query, window.location.origin))) notify('Copied')
  }
  return (
    <Menu align="end" trigger={<Button icon={<Download size={14} aria-hidden />}>Take away</Button>}>
      <MenuItem onSelect={() => void download('csv')}>Download CSV</MenuItem>
      <MenuItem onSelect={() => void download('jsonl')}>Download JSONL</MenuItem>
      <MenuItem onSelect={() => void download('parquet')}>Download Parquet</MenuItem>
      <MenuItem onSelect={() => void copy('cli')}>Copy as CLI command</MenuItem>
      <MenuItem onSelect={() => void copy('python')}>Copy as Python</MenuItem>
      <MenuItem onSelect={() => void copy('curl')}>Copy as curl</MenuItem>
    </Menu>
  )
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
