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
    <section aria-label="Health" className="max-w-4xl min-w-0">
      <h2 className="text-l font-semibold">Health</h2>
      {error && !data ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={8} label="Loading the health of the server" /> : null}
      {data ? <Found health={data} stale={error !== null} /> : null}
    </section>
  )
}

const SUMMARY: Record<Level, string> = {
  ok: 'Everything works.',
  warning: 'It works; something needs a look.',
  problem: 'Something is wrong.',
}

function Found({ health, stale }: { health: Health; stale: boolean }) {
  const { server, ingest, store, jobs, disk } = health
  return (
    <>
      <p role="status" className="mb-3 text-ink-2">
        {stale ? 'The server does not answer now; this is how it was.' : SUMMARY[health.level]}{' '}
        <span className="text-ink-3">
          Looked at <Time iso={health.time} />.
        </span>
      </p>
      <ul aria-label="Checks" className="divide-y divide-line rounded-l border border-line">
        {health.checks.map((check) => (
          <CheckLine key={check.name} check={check} />
        ))}
      </ul>
      <div className="mt-5 grid gap-5 sm:grid-cols-2">
        <Facts
          title="Server"
          facts={[
            ['Version', server.version],
            ['Running for', duration(server.uptime_seconds)],
            ['Migration', server.revision],
            ['Memory', bytes(server.memory_bytes)],
            ['Free memory of the machine', bytes(server.memory_free_bytes)],
          ]}
        />
        <Facts
          title="Store"
          facts={[
            ['State', store.state],
            ['Engine', store.engine],
            ['Rows', count(store.rows)],
            ['On disk', bytes(store.bytes)],
            ['Parts', count(store.parts)],
            ['Memory', bytes(store.memory_bytes)],
            ['Restarts', count(store.restarts)],
          ]}
        />
        <Facts
          title="Ingest"
          facts={[
            ['Rows not readable yet', count(ingest.lag_rows)],
            ['Oldest of them', duration(ingest.lag_seconds)],
            ['Write-ahead log', `${bytes(ingest.wal_bytes)} in ${count(ingest.wal_segments)} files`],
            ['Rows that could not be stored', count(ingest.rows_rejected)],
          ]}
        />
        <Facts
          title="Jobs and disk"
          facts={[
            ['Waiting', count(jobs.pending)],
            ['Running', count(jobs.running)],
            ['Gave up', count(jobs.failed)],
            ['Oldest waits', jobs.oldest_seconds === null ? 'none waits' : duration(jobs.oldest_seconds)],
            ['Disk', `${bytes(disk.total_bytes - disk.free_bytes)} of ${bytes(disk.total_bytes)} used`],
            ['Metadata', bytes(disk.metadata_bytes)],
          ]}
        />
      </div>
      <Errors errors={health.errors} />
    </>
  )
}

const ICONS: Record<Level, ReactNode> = {
  ok: <CircleCheck size={15} role="img" aria-label="Fine" className="mt-0.5 shrink-0 text-better" />,
  warning: (
    <TriangleAlert size={15} role="img" aria-label="Needs a look" className="mt-0.5 shrink-0 text-warn" />
  ),
  problem: <OctagonX size={15} role="img" aria-label="Wrong" className="mt-0.5 shrink-0 text-worse" />,
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
    <section aria-label="Failed requests" className="mt-5">
      <h3 className="font-semibold">Failed requests</h3>
      {errors.length === 0 ? (
        <p className="border-t border-line py-2 text-s text-ink-3">None since the start.</p>
      ) : (
        <div className="relative overflow-x-auto">
          <table className="w-full text-left text-s">
            <thead>
              <tr className="border-y border-line text-xs text-ink-3">
                {['When', 'Request', 'Route', 'Status', 'Code'].map((label) => (
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
                    <CopyButton text={one.request_id ?? ''} label="Copy request id" />
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
