import { describe, expect, it } from 'vitest'
import { overview, readChart, type Chart } from './charts'
import { listQuestion, seriesQuestion, together, type Scope } from './questions'
import { intervalOf } from '@/lib/interval'
import { headline, readSeries, slots, stack } from './series'

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
    const groups = together(overview(undefined).filter((chart) => chart.kind === 'series'))
    expect(groups.map((group) => group[0]!.grain)).toEqual(['traces', 'scores'])
    const { query, columns } = seriesQuestion(groups[0]!, SCOPE, WINDOW, '1 hour')
    expect(query.match(/count\(\*\)/g)).toHaveLength(1)
    expect(columns.get('latency')).toHaveLength(2)
    expect(query).toContain("(metadata.tier = 'pro')")
    expect(query).toContain("(created >= '2026-01-01T00:00:00.000Z')")
  })
  it('leaves scorers out unless they are asked for', () => {
    const chart = { ...MEAN, kind: 'number' as const }
    expect(listQuestion(chart, SCOPE, WINDOW)).toContain("span_attributes.purpose IS DISTINCT FROM 'scorer'")
    expect(listQuestion(chart, { ...SCOPE, scoring: true }, WINDOW)).not.toContain('purpose')
  })
  it('counts model calls when divided by the model, and narrows to the values shown', () => {
    const [requests] = overview('metadata.model')
    expect(requests!.grain).toBe('calls')
    const by = { field: 'metadata.model', values: ["a'b"] }
    const { query } = seriesQuestion([requests!], { ...SCOPE, by }, WINDOW, '1 hour')
    expect(query).toContain("metadata.model IN ('a''b')")
    expect(query).toContain('GROUP BY 1, 2')
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
  it('knows zero from unknown', () => {
    const count: Chart = { ...MEAN, measures: [{ label: 'n', sql: 'count(*)' }] }
    const rows = [{ at: '2026-01-01T02:00:00Z', c0: 4 }]
    expect(readSeries(count, rows, [[0]], times, 3_600_000).lines[0]!.values).toEqual([0, 0, 4, 0])
    const mean = readSeries(MEAN, [{ ...rows[0]!, c0: 0.5, c1: 0.2, c2: 100 }], [[0, 1, 2]], times, 3_600_000)
    expect(mean.lines[0]!.values).toEqual([null, null, 0.5, null])
    expect(mean.lines[0]!.low![2]).toBeCloseTo(0.5 - 1.959964 * 0.02)
  })
  it('averages means over all their values and sums counts', () => {
    const rows = [
      { at: '2026-01-01T01:00:00Z', c0: 1, c1: 0, c2: 9 },
      { at: '2026-01-01T02:00:00Z', c0: 0, c1: null, c2: 1 },
    ]
    const { lines } = readSeries(MEAN, rows, [[0, 1, 2]], times, 3_600_000)
    expect(headline(MEAN, lines[0]!)).toBeCloseTo(0.9)
  })
  it('gives a rate an interval that does not vanish at zero', () => {
    const [low, high] = intervalOf(true, 0, 0, 10)!
    expect(low).toBeCloseTo(0)
    expect(high).toBeCloseTo(0.2775, 3) // Wilson, 0 of 10
    expect(intervalOf(false, 0.5, null, 1)).toBeNull()
  })
  it('stands parts on each other', () => {
    const part = { label: '', value: null, n: null, low: null, high: null }
    const [, upper] = stack([
      { ...part, values: [1, null] },
      { ...part, values: [2, 3] },
    ])
    expect(upper!.values).toEqual([3, 3])
  })
})

describe('boards', () => {
  it('keep what is a chart and drop what is not', () => {
    for (const chart of overview(undefined)) expect(readChart(structuredClone(chart))).toEqual(chart)
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
