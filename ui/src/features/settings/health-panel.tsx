import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, OctagonX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { request } from '@/api/client'
import { CopyButton } from '@/components/copy'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { count, duration } from '@/lib/format'
import { bytes } from './bytes'
import { PanelHead } from './panel-head'

type Level = 'ok' | 'warning' | 'problem'
type Check = { name: string; level: Level; text: string; advice: string | null }
type Failed = {
  time: string
  request_id: string | null
  method: string
  route: string
  status: number
  code: string
}
type Health = {
  level: Level
  time: string
  checks: Check[]
  server: {
    version: string
    started: string
    uptime_seconds: number
    revision: string | null
    memory_bytes: number | null
    memory_free_bytes: number | null
  }
  ingest: {
    lag_rows: number
    lag_seconds: number
    wal_bytes: number
    wal_segments: number
    rows_rejected: number
  }
  store: {
    state: 'running' | 'unreachable'
    engine: string | null
    rows: number | null
    bytes: number | null
    parts: number | null
    restarts: number
    memory_bytes: number | null
  }
  jobs: { pending: number; running: number; failed: number; oldest_seconds: number | null }
  disk: { total_bytes: number; free_bytes: number; metadata_bytes: number | null }
  errors: Failed[]
}

const EVERY = 5_000

/** How the server is, looked at again every five seconds. */
export function HealthPanel() {
  const { data, error, refetch } = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => request<Health>('/v1/health', { signal }),
    refetchInterval: EVERY,
    staleTime: 0,
  })
  return (
    <section aria-label={t`Health`} className="max-w-4xl min-w-0">
      <PanelHead
        title={t`Health`}
        about={t`How the server is, looked at again every few seconds.`}
        read={{ path: '/v1/health', name: 'health' }}
      />
      {error && !data ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={8} label={t`Loading the health of the server`} /> : null}
      {data ? <Found health={data} stale={error !== null} /> : null}
    </section>
  )
}

const SUMMARY: Record<Level, string> = {
  ok: t`Everything works.`,
  warning: t`It works; something needs a look.`,
  problem: t`Something is wrong.`,
}

function Found({ health, stale }: { health: Health; stale: boolean }) {
  const { server, ingest, store, jobs, disk } = health
  return (
    <>
      <p role="status" className="mb-3 text-ink-2">
        {stale ? t`The server does not answer now; this is how it was.` : SUMMARY[health.level]}{' '}
        <span className="text-ink-3">
          <Trans>
            Looked at <Time iso={health.time} />.
          </Trans>
        </span>
      </p>
      <ul aria-label={t`Checks`} className="divide-y divide-line rounded-l border border-line">
        {health.checks.map((check) => (
          <CheckLine key={check.name} check={check} />
        ))}
      </ul>
      <div className="mt-5 grid gap-5 sm:grid-cols-2">
        <Facts
          title={t`Server`}
          facts={[
            [t`Version`, server.version],
            [t`Running for`, duration(server.uptime_seconds)],
            [t`Migration`, server.revision],
            [t`Memory`, bytes(server.memory_bytes)],
            [t`Free memory of the machine`, bytes(server.memory_free_bytes)],
          ]}
        />
        <Facts
          title={t`Store`}
          facts={[
            [t`State`, store.state],
            [t`Engine`, store.engine],
            [t`Rows`, count(store.rows)],
            [t`On disk`, bytes(store.bytes)],
            [t`Parts`, count(store.parts)],
            [t`Memory`, bytes(store.memory_bytes)],
            [t`Restarts`, count(store.restarts)],
          ]}
        />
        <Facts
          title={t`Ingest`}
          facts={[
            [t`Rows not readable yet`, count(ingest.lag_rows)],
            [t`Oldest of them`, duration(ingest.lag_seconds)],
            [
              t`Write-ahead log`,
              t`${bytes(ingest.wal_bytes)} in ${plural(ingest.wal_segments, { one: '# file', other: '# files' })}`,
            ],
            [t`Rows that could not be stored`, count(ingest.rows_rejected)],
          ]}
        />
        <Facts
          title={t`Jobs and disk`}
          facts={[
            [t`Waiting`, count(jobs.pending)],
            [t`Running`, count(jobs.running)],
            [t`Gave up`, count(jobs.failed)],
            [t`Oldest waits`, jobs.oldest_seconds === null ? t`none waits` : duration(jobs.oldest_seconds)],
            [t`Disk`, t`${bytes(disk.total_bytes - disk.free_bytes)} of ${bytes(disk.total_bytes)} used`],
            [t`Metadata`, bytes(disk.metadata_bytes)],
          ]}
        />
      </div>
      <Errors errors={health.errors} />
    </>
  )
}

const ICONS: Record<Level, ReactNode> = {
  ok: <CircleCheck size={15} role="img" aria-label={t`Fine`} className="mt-0.5 shrink-0 text-better" />,
  warning: (
    <TriangleAlert size={15} role="img" aria-label={t`Needs a look`} className="mt-0.5 shrink-0 text-warn" />
  ),
  problem: <OctagonX size={15} role="img" aria-label={t`Wrong`} className="mt-0.5 shrink-0 text-worse" />,
}

function CheckLine({ check }: { check: Check }) {
  return (
    <li className="flex gap-2.5 px-3 py-2" data-level={check.level}>
      {ICONS[check.level]}
      <div className="min-w-0">
        <p>{check.text}</p>
        {check.advice ? <p className="text-s text-ink-2">{check.advice}</p> : null}
      </div>
    </li>
  )
}

function Facts({ title, facts }: { title: string; facts: readonly (readonly [string, string | null])[] }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <dl className="text-s">
        {facts.map(([label, value]) => (
          <div key={label} className="flex justify-between gap-4 border-t border-line py-1">
            <dt className="text-ink-3">{label}</dt>
            <dd className="min-w-0 truncate text-right tabular-nums">{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Errors({ errors }: { errors: readonly Failed[] }) {
  return (
    <section aria-label={t`Failed requests`} className="mt-5">
      <h3 className="font-semibold">{t`Failed requests`}</h3>
      {errors.length === 0 ? (
        <p className="border-t border-line py-2 text-s text-ink-3">{t`None since the start.`}</p>
      ) : (
        <div className="relative overflow-x-auto">
          <table className="w-full text-left text-s">
            <thead>
              <tr className="border-y border-line text-xs text-ink-3">
                {[t`When`, t`Request`, t`Route`, t`Status`, t`Code`].map((label) => (
                  <th key={label} scope="col" className="py-1 pr-4 font-normal">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {errors.map((one) => (
                <tr key={`${one.time}${one.request_id}`} className="border-b border-line">
                  <td className="py-1 pr-4">
                    <Time iso={one.time} />
                  </td>
                  <td className="pr-4 whitespace-nowrap">
                    <code className="font-mono">{one.request_id}</code>
                    <CopyButton text={one.request_id ?? ''} label={t`Copy request id`} />
                  </td>
                  <td className="pr-4 font-mono text-[11.5px] whitespace-nowrap">
                    {one.method} {one.route}
                  </td>
                  <td className="pr-4">{one.status}</td>
                  <td className="font-mono text-[11.5px]">{one.code}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
