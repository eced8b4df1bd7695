import { expect, it } from 'vitest'
import type { Json } from './json'
import { toYaml } from './yaml'

it('writes what people would', () => {
  const value = {
    name: 'Ann',
    tags: ['a', 'b'],
    nested: { size: 1, none: null, list: [], deep: [{ x: true }] },
  }
  expect(toYaml(value)).toBe(
    [
      'name: Ann',
      'tags:',
      '  - a',
      '  - b',
      'nested:',
      '  size: 1',
      '  none: null',
      '  list: []',
      '  deep:',
      '    -',
      '      x: true',
      '',
    ].join('\n'),
  )
})

it('keeps lines, and their end', () => {
  expect(toYaml({ a: 'x\ny' })).toBe('a: |-\n  x\n  y\n')
  expect(toYaml({ a: 'x\n\ny\n' })).toBe('a: |\n  x\n\n  y\n')
  expect(toYaml({ a: 'x\n\n', b: 1 })).toBe('a: |+\n  x\n\nb: 1\n')
  expect(toYaml({ a: ' x\ny' })).toBe('a: " x\\ny"\n')
})

it('quotes what would be read as something else', () => {
  for (const word of [
    'no',
    'null',
    '1',
    '1e3',
    '~',
    '',
    '- a',
    'a: b',
    '# c',
    '&x',
    '*x',
    '!t',
    'x ',
    '2001-01-01',
  ])
    expect(toYaml(word)).toBe(`${JSON.stringify(word)}\n`)
  expect(toYaml({ 'a: b': 1 })).toBe('"a: b": 1\n')
})

it('stays small for deep values', () => {
  let deep: Json = 'x'
  for (let i = 0; i < 900; i++) deep = { k: deep }
  expect(toYaml(deep).length).toBeLessThan(30_000)
})
