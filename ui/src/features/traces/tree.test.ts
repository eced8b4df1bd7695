import { describe, expect, it } from 'vitest'
import { span } from './fixture'
import { buildTrace, visibleNodes, type SpanLine } from './tree'
import { treeMove } from './tree-move'

const llm = (id: string, purpose: string | null): SpanLine =>
  span(id, 'r', 101, 102, {
    metrics: { tokens: 100, estimated_cost: 0.5 },
    span_attributes: { type: 'llm', purpose },
  })

const small = buildTrace([span('r', null, 0), span('a', 'r', 1), span('b', 'a', 2), span('c', 'r', 3)])
const move = (key: string, at: number, closed: string[] = []) =>
  treeMove(key, visibleNodes(small, new Set(closed)), at, new Set(closed))

const keys = (spans: SpanLine[]): string[] =>
  buildTrace(spans).nodes.map((node) => `${'  '.repeat(node.depth)}${node.key}`)

describe('buildTrace', () => {
  it('orders children by start, whatever order rows come in', () => {
    expect(
      keys([span('c', 'b', 103), span('b', 'r', 102), span('a', 'r', 101), span('r', null, 100)]),
    ).toEqual(['r', '  a', '  b', '    c'])
  })

  it('shows spans whose parent is missing, and cuts cycles', () => {
    expect(keys([span('a', 'gone', 1), span('x', 'y', 2), span('y', 'x', 3)])).toEqual(['a', 'x', '  y'])
  })

  it('keeps log lines that share the id of their span', () => {
    const log = span('r', null, 105, null, { id: 'line', span_attributes: { name: 'note', type: 'log' } })
    expect(keys([log, span('r', null, 100, 110)])).toEqual(['r', '  line'])
  })

  it('measures from the first start to the last end', () => {
    const trace = buildTrace([
      span('r', null, 100, 104.5),
      span('a', 'r', 101, 103),
      span('open', 'r', 102, null),
    ])
    expect(trace.length).toBeCloseTo(4.5)
    expect(trace.byKey.get('a')).toMatchObject({ start: 1, duration: 2 })
    expect(trace.byKey.get('open')?.duration).toBeNull()
  })

  it('adds up tokens and cost of model calls, scoring apart', () => {
    const trace = buildTrace([span('r', null, 100), llm('a', null), llm('b', null), llm('judge', 'scorer')])
    expect(trace.totals).toMatchObject({ tokens: 200, cost: 1 })
  })

  it('builds 50,000 spans, nested 5,000 deep, without running out of stack', () => {
    const spans = [span('s0', null, 0)]
    for (let i = 1; i < 50_000; i++) spans.push(span(`s${i}`, i < 5_000 ? `s${i - 1}` : `s${i % 5_000}`, i))
    const trace = buildTrace(spans)
    expect(trace.nodes).toHaveLength(50_000)
    expect(trace.byKey.get('s4999')?.depth).toBe(4_999)
    expect(visibleNodes(trace, new Set(['s0']))).toHaveLength(1)
  })
})

describe('visibleNodes', () => {
  it('hides what lies below a collapsed span', () => {
    const trace = buildTrace([span('r', null, 0), span('a', 'r', 1), span('b', 'a', 2), span('c', 'r', 3)])
    expect(visibleNodes(trace, new Set(['a'])).map((node) => node.key)).toEqual(['r', 'a', 'c'])
  })
})

describe('treeMove', () => {
  it('goes up and down within bounds', () => {
    expect([move('ArrowDown', 0), move('ArrowDown', 3), move('ArrowUp', 0)]).toEqual([
      { to: 1 },
      { to: 3 },
      { to: 0 },
    ])
    expect([move('Home', 2), move('End', 2), move('x', 2)]).toEqual([{ to: 0 }, { to: 3 }, null])
  })

  it('opens, closes, and goes to children and parents', () => {
    expect(move('ArrowRight', 1)).toEqual({ to: 2 })
    expect(move('ArrowRight', 1, ['a'])).toEqual({ fold: false })
    expect(move('ArrowRight', 2)).toBeNull()
    expect(move('ArrowLeft', 1)).toEqual({ fold: true })
    expect(move('ArrowLeft', 1, ['a'])).toEqual({ to: 0 })
    expect(move('ArrowLeft', 2)).toEqual({ to: 1 })
  })
})
