import { describe, expect, it } from 'vitest'
import type { Json } from '@/lib/json'
import { inferred, kindOf, misfits, schemasOf } from './schema'

const QUESTION = {
  type: 'object',
  required: ['text'],
  properties: {
    text: { type: 'string' },
    level: { enum: ['easy', 'hard'] },
    tries: { type: 'integer' },
    more: { type: 'array', items: { type: 'number' } },
  },
}

describe('schemas of a dataset', () => {
  it('are the objects its metadata holds under known fields', () => {
    expect(schemasOf({ __schemas: { input: QUESTION, expected: null, other: {}, metadata: {} } })).toEqual({
      input: QUESTION,
    })
    expect(schemasOf({ __schemas: 'x' })).toEqual({})
    expect(schemasOf(null)).toEqual({})
  })

  it('choose a control', () => {
    expect(kindOf(QUESTION)).toBe('object')
    expect(kindOf({ enum: [1, 'a'] })).toBe('choice')
    expect(kindOf({ type: ['string', 'null'] })).toBe('json')
    expect(kindOf({ type: 'boolean' })).toBe('boolean')
  })
})

describe('misfits', () => {
  it('names each place', () => {
    expect(misfits(QUESTION, { text: 'why?', level: 'easy', tries: 2, more: [1] })).toEqual([])
    expect(misfits(QUESTION, { level: 'odd', tries: 1.5, more: [1, 'two'] })).toEqual([
      'text is missing',
      'level is none of the choices',
      'tries is to be of the type integer',
      'more[1] is to be of the type number',
    ])
    expect(misfits(QUESTION, 'text')).toEqual(['The value is to be of the type object'])
    expect(misfits(QUESTION, null)).toEqual([])
  })
})

describe('inferred', () => {
  it('is what all values share', () => {
    expect(inferred([{ a: 1, b: 'x' }, { a: 2.5 }])).toEqual({
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'string' } },
      required: ['a'],
    })
    expect(inferred([1, 'a'])).toBeNull()
    expect(inferred([null])).toBeNull()
    expect(inferred([{ a: 1 }, { a: 'x' }])).toEqual({
      type: 'object',
      properties: { a: {} },
      required: ['a'],
    })
  })

  it('fits the values it was made of', () => {
    const values: Json[] = [
      { a: [1], b: { c: true } },
      { a: ['x'], b: { c: false, d: 1 } },
    ]
    for (const value of values) expect(misfits(inferred(values)!, value)).toEqual([])
  })
})
