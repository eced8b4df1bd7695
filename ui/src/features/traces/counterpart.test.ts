import { expect, it } from 'vitest'
import { counterpart } from './counterpart'
import { span } from './fixture'
import { buildTrace } from './tree'

const named = (name: string) => ({ span_attributes: { name, type: 'task' } })
const one = buildTrace([
  span('r', null, 0, 9, named('agent')),
  span('a', 'r', 1, 2, named('search')),
  span('a1', 'a', 1, 2, named('fetch')),
  span('b', 'r', 3, 4, named('chat')),
  span('c', 'r', 5, 6, named('search')),
  span('c1', 'c', 5, 6, named('fetch')),
])
const other = buildTrace([
  span('R', null, 0, 9, named('agent v2')),
  span('X', 'R', 1, 2, named('chat')),
  span('Y', 'R', 2, 3, named('search')),
  span('Z', 'R', 4, 5, named('search')),
  span('Z1', 'Z', 4, 5, named('fetch')),
])
const found = (key: string) => counterpart(one, one.byKey.get(key)!, other)?.key

it('is the span of the same names from the root, however often a name comes', () => {
  expect(['r', 'a', 'b', 'c', 'c1'].map(found)).toEqual(['R', 'Y', 'X', 'Z', 'Z1'])
})

it('is nothing where the other trace went another way', () => {
  expect(found('a1')).toBeUndefined()
  expect(counterpart(one, one.byKey.get('c')!, buildTrace([]))).toBeUndefined()
})

it('keeps several roots apart', () => {
  const roots = buildTrace([span('p', null, 0), span('q', null, 2), span('q1', 'q', 2)])
  const again = buildTrace([span('P', null, 0), span('Q', null, 2), span('Q1', 'Q', 2, 3, named('q1'))])
  expect(counterpart(roots, roots.byKey.get('q1')!, again)?.key).toBe('Q1')
})
