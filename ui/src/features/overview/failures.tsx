import { plural, t } from '@lingui/core/macro'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { Gist } from '@/components/gist'
import { Time } from '@/components/time'
import { Skeleton } from '@/components/ui/bits'
import { count, score } from '@/lib/format'
import { intervalOf } from '@/lib/interval'
import type { LogsShown } from '@/lib/search-params'
import { conjunction, literal, path, select } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import { facetQuery, filterFor, type Facet } from '../logs/facets'
import { useProject } from '../projects/project-context'
import { Section } from './section'

const MOST = 5
const MOST_ERRORS = 3
const FAILED = 'error IS NOT NULL'
const NAME: Facet = { field: 'span_attributes.name', label: '', kind: 'values' }
const TAGS: Facet = { field: 'tags', label: '', kind: 'tags' }

type Failed = Pick<Row, 'id' | 'root_span_id' | 'span_id' | 'created' | 'error' | 'span_attributes'>

/** The newest spans with an error, one of each trace. */
const newestQuery = (projectId: string, range: string | undefined) =>
  queryOptions({
    queryKey: ['newest-errors', projectId, range],
    queryFn: async ({ signal }): Promise<Failed[]> => {
      const query = select({
        columns: 'id, root_span_id, span_id, created, error, span_attributes',
        from: 'project_logs',
        id: projectId,
        where: [FAILED, ...rangeConditions(bounds(range))],
        tail: `ORDER BY created DESC LIMIT ${MOST * 10} SETTINGS preview_length = 300`,
      })
      const { data } = await runQuery<Failed>({ query }, signal)
      const ofTraces = new Map(data.map((row) => [row.root_span_id, row]))
      return [...ofTraces.values()].slice(0, MOST_ERRORS)
    },
    staleTime: 30_000,
  })

type Score = { name: string; mean: number; deviation: number | null; n: number }

/** Scores given to logs in a time, the lowest mean first. */
const lowestQuery = (projectId: string, range: string | undefined) =>
  queryOptions({
    queryKey: ['lowest-scores', projectId, range],
    queryFn: async ({ signal }) => {
      const query = [
        `from: project_logs(${literal(projectId)})`,
        'unpivot: scores as (name, value)',
        'dimensions: name as name',
        'measures: avg(value) as mean, stddev(value) as deviation, count(value) as n',
        `filter: ${conjunction([...rangeConditions(bounds(range)), 'value IS NOT NULL'])}`,
        'sort: mean',
        `limit: ${MOST}`,
      ].join(' | ')
      return (await runQuery<Score>({ query }, signal)).data
    },
    staleTime: 30_000,
  })

/** Where does it fail? Steps with errors, tags and low scores, each leading to its logs. */
export function Failures({ range }: { range: string | undefined }) {
  const { org, project } = useProject()
  const steps = useQuery(facetQuery(project.id, { t: range, view: 'spans', f: [FAILED] }, NAME, MOST))
  const tags = useQuery(facetQuery(project.id, { t: range }, TAGS, MOST))
  const scores = useQuery(lowestQuery(project.id, range))
  const newest = useQuery(newestQuery(project.id, range))
  const error = steps.error ?? tags.error ?? scores.error ?? newest.error
  const read = steps.data && tags.data && scores.data && newest.data
  const nothing = read && !steps.data.length && !tags.data.length && !scores.data.length
  return (
    <Section
      title={t`Where does it fail?`}
      {...(steps.data?.length
        ? {
            more: {
              label: t`Failed traces`,
              to: '/app/$org/p/$project/logs',
              params: { org, project: project.name },
              search: { t: range, f: ['metrics.errors > 0'] },
            },
          }
        : {})}
    >
      {error ? (
        <p role="alert" className="px-3 py-4 text-s text-worse">
          {error.message}
        </p>
      ) : null}
      {!read && !error ? <Skeleton className="m-3 h-24" /> : null}
      {nothing ? (
        <p className="px-3 py-6 text-ink-2">
          {t`Nothing to show for this time: no errors, no tags, no scores.`}
        </p>
      ) : null}
      {read ? (
        <>
          <Ranked
            title={t`Steps with errors`}
            lines={steps.data.map(({ label, sql, n }) => ({
              label,
              value: n,
              text: plural(n, { one: '# error', other: '# errors' }),
              search: { t: range, view: 'spans', f: [FAILED, sql] },
            }))}
          />
          <Newest rows={newest.data} range={range} />
          <Ranked
            title={t`Tags`}
            lines={tags.data.map(({ label, sql, n }) => ({
              label,
              value: n,
              text: plural(n, { one: '# trace', other: '# traces' }),
              search: { t: range, f: [filterFor(sql, undefined)] },
            }))}
          />
          <Ranked title={t`Lowest scores`} most={1} lines={scores.data.map((item) => ofScore(item, range))} />
        </>
      ) : null}
    </Section>
  )
}

/** What went wrong last, each leading to its span. */
function Newest({ rows, range }: { rows: readonly Failed[]; range: string | undefined }) {
  const { org, project } = useProject()
  if (rows.length === 0) return null
  return (
    <div className="px-3 py-2">
      <h3 className="mb-1 text-s text-ink-3">{t`Newest errors`}</h3>
      <ul aria-label={t`Newest errors`}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link
              to="/app/$org/p/$project/logs"
              params={{ org, project: project.name }}
              search={{ t: range, r: row.root_span_id, s: row.span_id }}
              className="flex h-6 items-baseline gap-2 rounded-s px-1.5 text-s leading-6 hover:bg-sunken"
            >
              <span className="max-w-40 shrink-0 truncate">{row.span_attributes?.name ?? t`a span`}</span>
              <span className="min-w-0 flex-1 truncate text-worse">
                <Gist value={row.error} limit={200} />
              </span>
              <span className="text-ink-3">
                <Time iso={row.created} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

type Line = { label: string; value: number; text: string; hint?: string; search: LogsShown }

function ofScore({ name, mean, deviation, n }: Score, range: string | undefined): Line {
  const interval = intervalOf('mean', mean, deviation, n)
  const half = interval ? ` ±${score((interval[1] - interval[0]) / 2)}` : ''
  return {
    label: name,
    value: mean,
    text: `${score(mean)}${half}`,
    hint: t`the mean of ${count(n)} scores, with its 95 % interval`,
    search: { t: range, o: `scores.${name}`, f: [`${path('scores', name)} IS NOT NULL`] },
  }
}

/** Lines with bars, longest where most is. */
function Ranked({ title, lines, most }: { title: string; lines: readonly Line[]; most?: number }) {
  const { org, project } = useProject()
  if (lines.length === 0) return null
  const full = most ?? Math.max(1, ...lines.map((line) => line.value))
  return (
    <div className="px-3 py-2">
      <h3 className="mb-1 text-s text-ink-3">{title}</h3>
      <ol aria-label={title} className="flex flex-col gap-0.5">
        {lines.map((line) => (
          <li key={line.label}>
            <Link
              to="/app/$org/p/$project/logs"
              params={{ org, project: project.name }}
              search={line.search}
              title={line.hint}
              className="relative flex h-6 items-center gap-2 overflow-hidden rounded-s px-1.5 text-s hover:bg-sunken"
            >
              <span
                aria-hidden
                className="absolute inset-y-0 left-0 bg-sunken"
                style={{ width: `${Math.min(1, Math.max(0, line.value / full)) * 100}%` }}
              />
              <span className="relative min-w-0 flex-1 truncate">{line.label}</span>
              <span className="relative whitespace-nowrap text-ink-2 tabular-nums">{line.text}</span>
            </Link>
          </li>
        ))}
      </ol>
    </div>
  )
}
