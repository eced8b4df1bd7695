import { describe, expect, it } from 'vitest'
import { GRAINS, standard, readChart, type Chart } from './charts'
import { endsQuestion, listQuestion, seriesQuestion, together, valuesQuestion, type Scope } from './questions'
import { intervalOf } from '@/lib/interval'
import { measureOf, readMeasure, unitOf, WAYS } from './builder'
import { changeOf, direction } from './change'
import { readSeries, slots, stack, tails, type Line, type Row, type TotalRow } from './series'

const SCOPE: Scope = { projectId: 'p', where: ["metadata.tier = 'pro'"], scoring: false }
const WINDOW = { from: '2026-01-01T00:00:00.000Z', to: null }
const MEAN: Chart = {
  id: 'm',
  title: 'Mean',
  kind: 'series',
  grain: 'spans',
  unit: '',
  measures: [{ label: 'mean', sql: 'metrics.x', mean: true }],
}

describe('questions', () => {
  it('asks charts of the same rows together, each expression once', () => {
    const groups = together(standard(undefined).filter((chart) => chart.kind === 'series'))
    expect(groups.map((group) => group[0]!.grain)).toEqual(['traces', 'scores'])
    const { query, columns } = seriesQuestion(groups[0]!, SCOPE, WINDOW, '1 hour')
    expect(query.match(/count\(\*\)/g)).toHaveLength(1)
    expect(columns.get('latency')).toHaveLength(2)
    expect(query).toContain("(created >= '2026-01-01T00:00:00.000Z')")
  })
  it('lets filters pick traces, whichever rows are counted, or the rows themselves', () => {
    const picked =
      "(root_span_id IN (SELECT root_span_id FROM project_logs('p', shape => 'summary') " +
      "WHERE (created >= '2026-01-01T00:00:00.000Z') AND (metadata.tier = 'pro')))"
    for (const grain of GRAINS) {
      const chart = { ...MEAN, kind: 'number' as const, grain }
      expect(listQuestion(chart, SCOPE, WINDOW)).toContain(picked)
      const rows = listQuestion(chart, { ...SCOPE, rows: true }, WINDOW)
      expect(rows).toContain("AND (metadata.tier = 'pro')")
      expect(rows).not.toContain('root_span_id')
    }
    expect(endsQuestion(SCOPE, WINDOW)).toContain(picked)
    expect(listQuestion(MEAN, { ...SCOPE, where: [] }, WINDOW)).not.toContain('root_span_id')
  })
  it('counts a row for each of its tags', () => {
    const by = { field: 'tags', values: ['a', "b's"] }
    const { query } = seriesQuestion([standard('tags')[0]!], { ...SCOPE, where: [], by }, WINDOW, '1 hour')
    expect(query).toContain("(tags INCLUDES 'a' OR tags INCLUDES 'b''s')) UNPIVOT (tag FOR _ IN (tags))")
    expect(query).toContain("WHERE tag IN ('a', 'b''s') GROUP BY 1, 2")
    expect(query).toContain('tag AS series')
    expect(valuesQuestion('tags', 'traces', SCOPE, WINDOW, 6)).toContain('SELECT tag AS value')
  })
  it('leaves scorers out unless they are asked for', () => {
    const chart = { ...MEAN, kind: 'number' as const }
    expect(listQuestion(chart, SCOPE, WINDOW)).toContain("span_attributes.purpose IS DISTINCT FROM 'scorer'")
    expect(listQuestion(chart, { ...SCOPE, scoring: true }, WINDOW)).not.toContain('purpose')
  })
  it('counts model calls when divided by the model, and narrows to the values shown', () => {
    const [requests] = standard('metadata.model')
    expect(requests!.grain).toBe('calls')
    const by = { field: 'metadata.model', values: ["a'b"] }
    const { query } = seriesQuestion([requests!], { ...SCOPE, by }, WINDOW, '1 hour')
    expect(query).toContain("metadata.model IN ('a''b')")
    expect(query).toContain('GROUP BY 1, 2')
  })
})

const NOTHING = { value: null, deviation: null, n: null }

const lineOf = (value: number | null, deviation: number | null = null, n: number | null = null): Line => ({
  label: 'x',
  value: null,
  values: [],
  total: { value, deviation, n },
  of: 'mean',
  low: null,
  high: null,
  color: 0,
})

const against = (...before: Line[]) => ({ times: [], lines: before, width: 1 })

describe('the period before', () => {
  it('is compared by the name of the line', () => {
    expect(changeOf(lineOf(5), null)).toBeNull()
    expect(changeOf(lineOf(5), against({ ...lineOf(4), label: 'y' }))).toBeNull()
    expect(changeOf(lineOf(null), against(lineOf(4)))).toBeNull()
    expect(changeOf(lineOf(5), against(lineOf(4)))).toEqual({ before: 4, by: 1, interval: null })
  })
  it('says that a mean went up or down only where the interval excludes zero', () => {
    const sure = changeOf(lineOf(0.8, 0.1, 100), against(lineOf(0.7, 0.1, 100)))!
    const half = 1.9842 * Math.hypot(0.01, 0.01) // Student's, 99 degrees of freedom
    expect(sure.interval![0]).toBeCloseTo(0.1 - half, 5)
    expect(sure.interval![1]).toBeCloseTo(0.1 + half, 5)
    expect(direction(sure)).toBe(1)
    expect(direction(changeOf(lineOf(0.7, 0.1, 100), against(lineOf(0.8, 0.1, 100)))!)).toBe(-1)
    expect(direction(changeOf(lineOf(0.8, 0.1, 3), against(lineOf(0.7, 0.1, 3)))!)).toBe(0)
  })
  it('knows the interval of a difference of rates', () => {
    // Newcombe (1998), table II (a), method 10: 56/70 against 48/80
    const { interval } = changeOf({ ...lineOf(56 / 70, 0, 70), of: 'rate' }, against(lineOf(48 / 80, 0, 80)))!
    expect(interval![0]).toBeCloseTo(0.0524, 4)
    expect(interval![1]).toBeCloseTo(0.3339, 4)
  })
})

describe('series', () => {
  const times = slots(
    [{ at: '2026-01-01T02:00:00Z' }],
    3_600_000,
    Date.parse('2026-01-01T00:30:00Z'),
    Date.parse('2026-01-01T03:30:00Z'),
  )
  it('covers the whole window without holes', () => {
    expect(times.map((at) => new Date(at).getUTCHours())).toEqual([0, 1, 2, 3])
  })
  const read = (chart: Chart, rows: Row[], columns: number[][], totals: TotalRow[] = []) =>
    readSeries(chart, { rows, totals, columns, times, width: 3_600_000 }).lines
  it('knows zero from unknown', () => {
    const count: Chart = { ...MEAN, measures: [{ label: 'n', sql: 'count(*)' }] }
    const rows = [{ at: '2026-01-01T02:00:00Z', c0: 4 }]
    expect(read(count, rows, [[0]])[0]!.values).toEqual([0, 0, 4, 0])
    const [mean] = read(MEAN, [{ ...rows[0]!, c0: 0.5, c1: 0.2, c2: 100 }], [[0, 1, 2]])
    expect(mean!.values).toEqual([null, null, 0.5, null])
    expect(mean!.low![2]).toBeCloseTo(0.5 - 1.9842 * 0.02)
  })
  it('keeps the interval of a score between 0 and 1', () => {
    const rows = [{ at: '2026-01-01T02:00:00Z', series: 'Good', c0: 0.9, c1: 0.1, c2: 4 }]
    const [line] = read(
      { ...MEAN, grain: 'scores', measures: [{ label: 'mean', sql: 'value', mean: true }] },
      rows,
      [[0, 1, 2]],
    )
    expect(line!.high![2]).toBe(1)
    expect(line!.low![2]).toBeCloseTo(0.9 - 3.18245 * 0.05)
    expect(read(MEAN, rows, [[0, 1, 2]])[0]!.high![2]).toBeGreaterThan(1)
  })
  it('gives each line what it is over the whole time', () => {
    const rows = ['a', 'b'].map((series) => ({ at: '2026-01-01T02:00:00Z', series, c0: 7 }))
    const totals = [
      { series: 'b', c0: 2 },
      { series: 'a', c0: 1 },
    ]
    const p95 = { ...MEAN, measures: [{ label: 'p95', sql: 'percentile(metrics.x, 0.95)' }] }
    expect(read(p95, rows, [[0]], totals).map(({ label, total }) => [label, total.value])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  })
  it('calls a value what people call it', () => {
    const rows = [{ at: '2026-01-01T02:00:00Z', series: 'id-1', c0: 7 }]
    const called = new Map([['id-1', 'Greeting']])
    const found = { rows, totals: [], columns: [[0]], times, width: 1 }
    const { lines } = readSeries(MEAN, { ...found, called })
    const both = [...rows, { ...rows[0]!, series: 'b' }, { ...rows[0]!, series: 'a' }]
    const ordered = readSeries(MEAN, { ...found, rows: both, order: ['a', 'c', 'b'] }).lines
    expect(ordered.map(({ value }) => value)).toEqual(['a', 'b', 'id-1'])
    expect(lines.map(({ label, value }) => [label, value])).toEqual([['Greeting', 'id-1']])
  })
  it('gives a value the same colour in every chart', () => {
    const rows = ['a', 'c'].map((series) => ({ at: '2026-01-01T02:00:00Z', series, c0: 7 }))
    const found = { rows, totals: [], columns: [[0]], times, width: 1 }
    const colors = (order?: string[]) => readSeries(MEAN, { ...found, order }).lines.map(({ color }) => color)
    expect(colors(['a', 'b', 'c'])).toEqual([0, 2])
    expect(colors(['b', 'c'])).toEqual([1, 2])
    expect(colors()).toEqual([0, 1])
  })
  it('tells long names apart that begin alike', () => {
    expect(tails(['provider/large-model-1-2026', 'provider/large-model-2-2026'])).toEqual([
      '…1-2026',
      '…2-2026',
    ])
    expect(tails(['provider/large-model-2026', 'provider/large-model-2026-a'])).toEqual(['…2026', '…2026-a'])
    expect(tails(['the-provider/large-model-🎈', 'the-provider/large-model-🎉'])).toEqual(['…🎈', '…🎉'])
    for (const names of [
      [],
      ['x'.repeat(40)],
      ['a-1', 'a-2'],
      ['x'.repeat(40), 'y'.repeat(40)],
      ['a-b-c-d-e-f-g-1', 'z'],
    ])
      expect(tails(names)).toEqual(names)
  })
  it('gives a rate an interval that does not vanish at zero', () => {
    const [low, high] = intervalOf('rate', 0, 0, 10)!
    expect(low).toBeCloseTo(0)
    expect(high).toBeCloseTo(0.2775, 3) // Wilson, 0 of 10
    expect(intervalOf('mean', 0.5, null, 1)).toBeNull()
  })
  it('knows a score of zeros and ones from others, and a mean of few values from one of many', () => {
    const share = intervalOf('rate', 0.75, null, 8)
    expect(intervalOf('score', 0.75, Math.sqrt((0.75 * 0.25 * 8) / 7), 8)).toEqual(share) // six of eight
    expect(intervalOf('score', 1, 0, 8)![0]).toBeCloseTo(0.6756, 4) // Wilson, 8 of 8
    expect(intervalOf('score', 1, null, 1)![0]).toBeCloseTo(0.2065, 4)
    expect(intervalOf('score', 0.75, 0, 8)).toEqual([0.75, 0.75])
    expect(intervalOf('mean', 1, 0, 8)).toEqual([1, 1])
    // Tables of Student's distribution: 97.5 % at 1, 4, 5, 10, 30 and 1,000 degrees of freedom
    const known = { 1: 12.7062, 4: 2.7764, 5: 2.5706, 10: 2.2281, 30: 2.0423, 1000: 1.9623 }
    for (const [freedom, t] of Object.entries(known)) {
      const n = Number(freedom) + 1
      expect(Math.abs(intervalOf('mean', 0, Math.sqrt(n), n)![1] / t - 1)).toBeLessThan(0.001)
    }
  })
  it('stands parts on each other', () => {
    const part = {
      label: '',
      value: null,
      total: NOTHING,
      of: 'mean' as const,
      low: null,
      high: null,
      color: 0,
    }
    const [, upper] = stack([
      { ...part, values: [1, null] },
      { ...part, values: [2, 3] },
    ])
    expect(upper!.values).toEqual([3, 3])
  })
})

describe('boards', () => {
  it('keep what is a chart and drop what is not', () => {
    for (const chart of standard(undefined)) expect(readChart(structuredClone(chart))).toEqual(chart)
    for (const bad of [
      null,
      7,
      {},
      { ...MEAN, kind: 'pie' },
      { ...MEAN, measures: [] },
      { ...MEAN, title: 3 },
    ])
      expect(readChart(bad)).toBeNull()
  })
})

describe('the builder', () => {
  it('reads back what it made, and leaves other SQL alone', () => {
    for (const way of WAYS) {
      const of = way === 'count' ? '' : 'coalesce(metrics.tokens, 0)'
      const measure = measureOf(way, of)
      expect(readMeasure(measure)).toEqual({ way, of: way === 'sql' ? measure.sql : of })
      expect(measure.mean ?? false).toBe(way === 'mean' || way === 'share')
    }
    for (const sql of ['sum(a) / sum(b)', 'count(*) + 1', 'percentile(x, 0.9)', 'sum()'])
      expect(readMeasure({ label: '', sql })).toEqual({ way: 'sql', of: sql })
    expect(measureOf('sum', ' ').sql).toBe('') // not ready yet
  })
  it('knows the unit of what is measured', () => {
    expect(unitOf('p95', 'metrics.duration', 'traces', '')).toBe('s')
    expect(unitOf('sum', 'metrics.estimated_cost', 'calls', 's')).toBe('$')
    expect(unitOf('distinct', 'metadata.user_id', 'traces', '$')).toBe('')
    expect(unitOf('share', 'is_root', 'spans', '')).toBe('%')
    expect(unitOf('mean', 'metadata.x', 'traces', 'tok')).toBe('tok')
  })
})
