import { plural, t } from '@lingui/core/macro'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { runQuery } from '@/api/query'
import { Skeleton } from '@/components/ui/bits'
import { count, score } from '@/lib/format'
import { intervalOf } from '@/lib/interval'
import type { LogsShown } from '@/lib/search-params'
import { conjunction, literal, path } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import { facetQuery, filterFor, type Facet } from '../logs/facets'
import { useProject } from '../projects/project-context'
import { Section } from './section'

const MOST = 5
const FAILED = 'error IS NOT NULL'
const NAME: Facet = { field: 'span_attributes.name', label: '', kind: 'values' }
const TAGS: Facet = { field: 'tags', label: '', kind: 'tags' }

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
  const error = steps.error ?? tags.error ?? scores.error
  const read = steps.data && tags.data && scores.data
  const nothing = read && !steps.data.length && !tags.data.length && !scores.data.length
  return (
    <Section
      title={t`Where does it fail?`}
      more={{
        label: t`Failed traces`,
        to: '/app/$org/p/$project/logs',
        params: { org, project: project.name },
        search: { t: range, f: ['metrics.errors > 0'] },
      }}
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

type Line = { label: string; value: number; text: string; hint?: string; search: LogsShown }

function ofScore({ name, mean, deviation, n }: Score, range: string | undefined): Line {
  const interval = intervalOf(false, mean, deviation, n)
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
