import { describe, expect, it } from 'vitest'
import type { Json } from '@/lib/json'
import { changeOf, lineUp, MOST_STEPS, type Gist } from './steps'

const node = (name: string, type = 'tool') =>
  ({ key: name, depth: 1, span: { id: name, is_root: false, span_attributes: { name, type } } }) as never
const nodes = (text: string) => [...text].map((name) => node(name))
const shape = (a: string, b: string): string =>
  lineUp(nodes(a) as never[], nodes(b) as never[])
    .map(({ here, there }) => (here && there ? '=' : here ? '<' : '>'))
    .join('')

const gist = (input: Json, output: Json, error: Json = null, more = 0): Map<string, Gist> =>
  new Map([['a', { input, output, error, input_length: 1 + more, output_length: 1 }]])

describe('steps of two traces', () => {
  it('line up along the longest sequence both took', () => {
    expect(shape('abc', 'abc')).toBe('===')
    expect(shape('axbc', 'abyc')).toBe('=<=>=')
    expect(shape('', 'ab')).toBe('>>')
    expect(shape('', '')).toBe('')
    expect(shape('abab', 'ab')).toHaveLength(4)
  })

  it('are the same only when kind and name are', () => {
    const [pair] = lineUp([node('a', 'llm')] as never[], [node('a', 'tool')] as never[])
    expect(pair!.there).toBeNull()
  })

  it('are lined up as far as is bearable', () => {
    const long = nodes('x'.repeat(MOST_STEPS + 5)) as never[]
    expect(lineUp(long, long)).toHaveLength(MOST_STEPS)
  })

  it('differ by cause before consequence', () => {
    const pair = { here: node('a'), there: node('a') }
    const base = gist('i', 'o')
    expect(changeOf(pair, gist('i', 'o'), base)).toBe('same')
    expect(changeOf(pair, gist('i', 'x'), base)).toBe('output')
    expect(changeOf(pair, gist('x', 'x'), base)).toBe('input')
    expect(changeOf(pair, gist('i', 'o', null, 5), base), 'past what was read').toBe('input')
    expect(changeOf(pair, gist('x', null, 'boom'), base)).toBe('error')
    expect(changeOf({ here: node('a'), there: null }, base, base)).toBe('here')
    expect(changeOf({ here: null, there: node('a') }, base, base)).toBe('there')
    expect(changeOf(pair, new Map(), base)).toBe('unknown')
  })
})
