import { describe, expect, it } from 'vitest'
import { contextSteps } from './context'
import { span } from './fixture'
import { buildGraph, type GraphNode } from './graph'
import { findLoops, mayRepeat, type Repeat } from './repeats'
import { timeScale, usageScale } from './scale'
import { buildTrace, type SpanLine } from './tree'

const named = (id: string, parent: string | null, start: number, name: string, type: string): SpanLine =>
  span(id, parent, start, start + 1, { span_attributes: { name, type } })

const call = (id: string, parent: string, start: number, metrics: Record<string, number>): SpanLine =>
  span(id, parent, start, null, {
    metrics: { start, end: start + 1, ...metrics },
    span_attributes: { name: 'chat', type: 'llm' },
  })

describe('scales', () => {
  const trace = buildTrace([
    span('r', null, 0, 10),
    span('a', 'r', 1, 5),
    call('x', 'a', 1, { tokens: 100, estimated_cost: 0.01 }),
    call('y', 'r', 6, { prompt_tokens: 200, completion_tokens: 100, estimated_cost: 0.03 }),
  ])
  const at = (key: string) => trace.byKey.get(key)!

  it('lays usage out in tree order, parents over what is below them', () => {
    const tokens = usageScale(trace, 'tokens')
    expect(tokens.length).toBe(400)
    expect([tokens.start(at('a')), tokens.size(at('a'))]).toEqual([0, 100])
    expect([tokens.start(at('y')), tokens.size(at('y'))]).toEqual([100, 300])
    expect(tokens.size(at('r'))).toBe(400)
    expect(usageScale(trace, 'cost').size(at('r'))).toBeCloseTo(0.04)
  })

  it('measures time as it was', () => {
    expect(timeScale(trace)).toMatchObject({ length: 10 })
    expect(timeScale(trace).size(at('a'))).toBe(4)
  })
})

describe('contextSteps', () => {
  it('tells what each call added to the one before it in the same place', () => {
    const trace = buildTrace([
      span('r', null, 0, 90),
      call('1', 'r', 1, { prompt_tokens: 100, completion_tokens: 10 }),
      named('sub', 'r', 2, 'helper', 'task'),
      call('2', 'sub', 3, { prompt_tokens: 40 }),
      call('3', 'r', 4, { prompt_tokens: 150, prompt_cached_tokens: 100 }),
      call('4', 'r', 5, { prompt_tokens: 60 }),
      call('5', 'r', 6, {}),
    ])
    expect(
      contextSteps(trace).map(({ node, added, cached, first }) => [node.key, added, cached, first]),
    ).toEqual([
      ['1', 100, 0, true],
      ['2', 40, 0, true],
      ['3', 50, 100, false],
      ['4', -90, 0, false],
    ])
  })

  it('joins calls whose steps have the same name', () => {
    const trace = buildTrace([
      span('r', null, 0, 90),
      named('s1', 'r', 1, 'step', 'task'),
      named('s2', 'r', 3, 'step', 'task'),
      call('1', 's1', 1, { prompt_tokens: 100 }),
      call('2', 's2', 3, { prompt_tokens: 130 }),
    ])
    expect(contextSteps(trace).map(({ added }) => added)).toEqual([100, 30])
  })
})

describe('findLoops', () => {
  const a: Repeat = { name: 'search', input: '', spans: [] }
  const b: Repeat = { name: 'open', input: '', spans: [] }
  const traceOf = (letters: string) => {
    a.spans = []
    b.spans = []
    const spans = [...letters].map((letter, i) => {
      if (letter === 'a') a.spans.push(`t${i}`)
      if (letter === 'b') b.spans.push(`t${i}`)
      return named(`t${i}`, 'r', i + 1, letter, 'tool')
    })
    return buildTrace([span('r', null, 0), ...spans])
  }

  it('finds sequences that come three times or more', () => {
    const trace = traceOf('xabababxaay')
    expect(findLoops(trace, [a, b])).toEqual([{ names: ['search', 'open'], times: 3, first: 't1' }])
  })

  it('reads a run of one call as that call', () => {
    expect(findLoops(traceOf('aaaaaaa'), [a])).toEqual([{ names: ['search'], times: 7, first: 't0' }])
    expect(findLoops(traceOf('abxabx'), [a, b])).toEqual([])
  })

  it('asks only where tools share a name', () => {
    expect(mayRepeat(traceOf('xy'))).toBe(false)
    expect(mayRepeat(traceOf('xyx'))).toBe(true)
  })
})

const line = ({ label, count, column, inner }: GraphNode) => `${label} ${count} ${column} ${inner}`

describe('buildGraph', () => {
  it('joins spans of one name, with the calls between them', () => {
    const graph = buildGraph(
      buildTrace([
        named('r', null, 0, 'agent', 'task'),
        named('1', 'r', 1, 'chat', 'llm'),
        named('2', 'r', 2, 'search', 'tool'),
        named('3', 'r', 3, 'chat', 'llm'),
        { ...named('4', 'r', 4, 'Quality', 'score') },
      ]),
    )
    expect(graph.nodes.map(line).toSorted()).toEqual(['agent 1 0 0', 'chat 2 1 0', 'search 1 1 0'])
    expect(graph.edges.map(({ from, to, count }) => `${from.label}>${to.label} ${count}`).toSorted()).toEqual(
      ['agent>chat 2', 'agent>search 1'],
    )
  })

  it('collapses circles', () => {
    const graph = buildGraph(
      buildTrace([
        named('r', null, 0, 'main', 'task'),
        named('1', 'r', 1, 'plan', 'task'),
        named('2', '1', 2, 'act', 'task'),
        named('3', '2', 3, 'plan', 'task'),
        named('4', '3', 4, 'chat', 'llm'),
        named('5', '4', 5, 'chat', 'llm'),
      ]),
    )
    expect(graph.nodes.map((node) => node.members.toSorted().join('+'))).toEqual(['main', 'act+plan', 'chat'])
    expect(graph.nodes.map(({ column, inner }) => [column, inner])).toEqual([
      [0, 0],
      [1, 2],
      [2, 1],
    ])
  })

  it('stays small for thousands of spans, whatever their names', () => {
    const numbered = [span('r', null, 0)]
    for (let i = 0; i < 5000; i++) numbered.push(named(`n${i}`, 'r', i, `step ${i}`, 'tool'))
    expect(buildGraph(buildTrace(numbered)).nodes.map(line)).toEqual(['r 1 0 0', 'step # 5000 1 0'])
    const wild = [span('r', null, 0)]
    for (let i = 0; i < 5000; i++)
      wild.push(
        named(
          `n${i}`,
          i % 7 ? `n${i - 1}` : 'r',
          i,
          `${[...String(i)].map((c) => 'abcdefghij'[Number(c)]).join('-')}`,
          'tool',
        ),
      )
    const graph = buildGraph(buildTrace(wild))
    expect(graph.nodes.length).toBeLessThanOrEqual(40)
    expect(graph.nodes.reduce((sum, node) => sum + node.count, 0)).toBe(5001)
  })
})
