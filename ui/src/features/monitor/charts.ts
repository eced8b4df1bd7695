/** What a chart is, and the charts every project starts with. A chart is data: boards store it, SQL is made of it. */

/** What one row of a chart's question is. `calls` and `tools` are spans, `scores` one score of one span. */
import { t } from '@lingui/core/macro'
import type { Evidence } from '@/lib/interval'

export const GRAINS = ['traces', 'calls', 'tools', 'scores', 'spans'] as const
export type Grain = (typeof GRAINS)[number]

export const GRAIN_LABELS: Record<Grain, string> = {
  traces: t`Traces`,
  calls: t`Model calls`,
  tools: t`Tool calls`,
  scores: t`Scores`,
  spans: t`Spans`,
}

export const KINDS = ['series', 'top', 'number'] as const
export type Kind = (typeof KINDS)[number]

export const UNITS = ['', 's', 'tok', '$', '%'] as const
export type Unit = (typeof UNITS)[number]

/** One value of a chart. `mean`: `sql` is a value per row, shown as its mean with a 95 % interval. */
export type Measure = { label: string; sql: string; mean?: boolean }

export type Chart = {
  id: string
  title: string
  kind: Kind
  grain: Grain
  measures: Measure[]
  unit: Unit
  /** Measures are parts of a whole and stand on each other. */
  stacked?: boolean
  /** A predicate beside the page's filters. */
  where?: string
  /** The field that makes the rows of a top list. */
  by?: string
}

/** The field in which spans keep what prompt they were made of. */
export const PROMPT = 'metadata.prompt.id'

/** Fields of model calls: grouping by one of them asks about calls where it would ask about traces. */
const CALL_FIELDS = new Set(['metadata.model', 'metadata.provider', PROMPT])

export function grainFor(by: string | undefined): 'traces' | 'calls' {
  return by && CALL_FIELDS.has(by) ? 'calls' : 'traces'
}

const SECONDS = 'metrics.end - metrics.start'

/** How many failed, beside how many there were: known by its SQL, whatever the language. */
export const FAILED = 'count_if(error IS NOT NULL)'

const PER_TRACE = {
  count: t`Requests`,
  failed: 'metrics.errors > 0',
  seconds: 'metrics.duration',
  first: 'metrics.time_to_first_token',
}
const PER_CALL = {
  count: t`Model calls`,
  failed: 'error IS NOT NULL',
  seconds: SECONDS,
  first: 'metrics.time_to_first_token',
}

/** The board that cannot be changed. Divided by a field, each chart keeps one measure, so that lines can be told apart. */
export function standard(by: string | undefined): Chart[] {
  return by ? complete(by).map(simplified) : complete(by)
}

/** Charts of percentiles, of which the last measure is kept. */
const PERCENTILES = new Set(['latency', 'first-token'])

function simplified(chart: Chart): Chart {
  if (chart.kind !== 'series') return chart
  const last = chart.measures.at(-1)
  if (last && PERCENTILES.has(chart.id))
    return { ...chart, title: `${chart.title}, ${last.label}`, measures: [last] }
  if (chart.id === 'tokens') {
    const sum = chart.grain === 'calls' ? 'sum(metrics.tokens)' : 'sum(metrics.total_tokens)'
    return { ...chart, measures: [{ label: t`tokens`, sql: sum }] }
  }
  return chart.id === 'requests' || chart.id === 'cost' ? { ...chart, stacked: true } : chart
}

function complete(by: string | undefined): Chart[] {
  const grain = grainFor(by)
  const of = grain === 'traces' ? PER_TRACE : PER_CALL
  return [
    {
      id: 'requests',
      title: of.count,
      kind: 'series',
      grain,
      unit: '',
      measures: [{ label: t`count`, sql: 'count(*)' }],
    },
    {
      id: 'errors',
      title: t`Error rate`,
      kind: 'series',
      grain,
      unit: '%',
      measures: [{ label: t`failed`, sql: `CASE WHEN ${of.failed} THEN 1 ELSE 0 END`, mean: true }],
    },
    {
      id: 'latency',
      title: t`Latency`,
      kind: 'series',
      grain,
      unit: 's',
      measures: [
        { label: t`p50`, sql: `percentile(${of.seconds}, 0.5)` },
        { label: t`p95`, sql: `percentile(${of.seconds}, 0.95)` },
      ],
    },
    {
      id: 'first-token',
      title: t`Time to first token`,
      kind: 'series',
      grain,
      unit: 's',
      measures: [
        { label: t`p50`, sql: `percentile(${of.first}, 0.5)` },
        { label: t`p95`, sql: `percentile(${of.first}, 0.95)` },
      ],
    },
    {
      id: 'tokens',
      title: t`Tokens`,
      kind: 'series',
      grain,
      unit: 'tok',
      stacked: true,
      measures: [
        {
          label: t`prompt`,
          sql: 'sum(metrics.prompt_tokens) - coalesce(sum(metrics.prompt_cached_tokens), 0)',
        },
        { label: t`cached`, sql: 'sum(metrics.prompt_cached_tokens)' },
        {
          label: t`completion`,
          sql: 'sum(metrics.completion_tokens) - coalesce(sum(metrics.completion_reasoning_tokens), 0)',
        },
        { label: t`reasoning`, sql: 'sum(metrics.completion_reasoning_tokens)' },
      ],
    },
    {
      id: 'cost',
      title: t`Cost`,
      kind: 'series',
      grain,
      unit: '$',
      measures: [{ label: t`cost`, sql: 'sum(metrics.estimated_cost)' }],
    },
    {
      id: 'scores',
      title: t`Scores`,
      kind: 'series',
      grain: 'scores',
      unit: '',
      measures: [{ label: t`mean`, sql: 'value', mean: true }],
    },
    {
      id: 'models',
      title: t`Models`,
      kind: 'top',
      grain: 'calls',
      unit: '',
      by: 'metadata.model',
      measures: [
        { label: t`calls`, sql: 'count(*)' },
        { label: t`failed`, sql: FAILED },
      ],
    },
    {
      id: 'tools',
      title: t`Tools`,
      kind: 'top',
      grain: 'tools',
      unit: '',
      by: 'span_attributes.name',
      measures: [
        { label: t`calls`, sql: 'count(*)' },
        { label: t`failed`, sql: FAILED },
      ],
    },
  ]
}

/** What the mean of a measure is of. */
export function evidenceOf({ unit, grain }: Chart, { sql }: Measure): Evidence {
  if (unit === '%') return 'rate'
  return grain === 'scores' && sql.trim() === 'value' ? 'score' : 'mean'
}

/** What the editor offers to start from. */
export const MEASURES: readonly ({ label: string } & Pick<Chart, 'grain' | 'unit' | 'measures'> &
  Partial<Pick<Chart, 'kind' | 'by'>>)[] = [
  { label: t`Requests`, grain: 'traces', unit: '', measures: [{ label: t`count`, sql: 'count(*)' }] },
  {
    label: t`Duration, mean`,
    grain: 'traces',
    unit: 's',
    measures: [{ label: t`mean`, sql: 'metrics.duration', mean: true }],
  },
  {
    label: t`Duration, p95`,
    grain: 'traces',
    unit: 's',
    measures: [{ label: t`p95`, sql: 'percentile(metrics.duration, 0.95)' }],
  },
  {
    label: t`Cost`,
    grain: 'traces',
    unit: '$',
    measures: [{ label: t`cost`, sql: 'sum(metrics.estimated_cost)' }],
  },
  {
    label: t`Cost by model`,
    kind: 'top',
    grain: 'calls',
    unit: '$',
    by: 'metadata.model',
    measures: [{ label: t`cost`, sql: 'sum(metrics.estimated_cost)' }],
  },
  {
    label: t`Cost per request`,
    grain: 'traces',
    unit: '$',
    measures: [{ label: t`mean`, sql: 'metrics.estimated_cost', mean: true }],
  },
  {
    label: t`Tokens`,
    grain: 'calls',
    unit: 'tok',
    measures: [{ label: t`tokens`, sql: 'sum(metrics.tokens)' }],
  },
  { label: t`Model calls`, grain: 'calls', unit: '', measures: [{ label: t`count`, sql: 'count(*)' }] },
  { label: t`Tool calls`, grain: 'tools', unit: '', measures: [{ label: t`count`, sql: 'count(*)' }] },
  {
    label: t`Mean of a score`,
    grain: 'scores',
    unit: '',
    measures: [{ label: t`mean`, sql: 'value', mean: true }],
  },
]

/** A chart read back from storage, or null when it is none: boards may be written by anyone with the API. */
export function readChart(raw: unknown): Chart | null {
  if (typeof raw !== 'object' || raw === null) return null
  const { id, title, kind, grain, measures, unit, where, by, stacked } = raw as Record<string, unknown>
  const known = oneOf(KINDS, kind) && oneOf(GRAINS, grain) && oneOf(UNITS, unit)
  if (!known || typeof id !== 'string' || typeof title !== 'string' || !Array.isArray(measures)) return null
  const read = measures.flatMap((item: unknown): Measure[] => {
    const { label, sql, mean } = (item ?? {}) as Record<string, unknown>
    return typeof label === 'string' && typeof sql === 'string'
      ? [{ label, sql, ...(mean === true ? { mean } : {}) }]
      : []
  })
  if (read.length === 0) return null
  return {
    id,
    title,
    kind,
    grain,
    unit,
    measures: read,
    ...(stacked === true ? { stacked } : {}),
    ...(typeof where === 'string' && where ? { where } : {}),
    ...(typeof by === 'string' && by ? { by } : {}),
  } as Chart
}

function oneOf<T>(all: readonly T[], value: unknown): value is T {
  return all.includes(value as T)
}
