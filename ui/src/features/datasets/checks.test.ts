import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '@/lib/json'
import { groupKeys, leaks, nearInputs, sameInputs, type Checked } from './checks'

const row = (
  id: string,
  input: Json,
  metadata: JsonObject | null = null,
  expected: Json = null,
): Checked => ({
  id,
  input,
  expected,
  metadata,
  size: JSON.stringify(input).length,
})

describe('the same input', () => {
  it('is found whatever its case, and says when other things are expected', () => {
    const rows = [
      row('a', 'Where is it?', { split: 'train' }, 'here'),
      row('b', 'where IS it?', { split: 'test' }, 'there'),
      row('c', 'elsewhere'),
      row('d', null),
      row('e', null),
    ]
    expect(sameInputs(rows)).toEqual([
      { name: 'Where is it?', ids: ['a', 'b'], splits: ['test', 'train'], apart: true },
    ])
  })

  it('is another one where only what was not read differs', () => {
    expect(sameInputs([row('a', 'x'), { ...row('b', 'x'), size: 9_000 }])).toEqual([])
  })
})

describe('nearly the same input', () => {
  const text = 'my parcel has not come and the tracking page says nothing about it at all'
  it('has most words in common', () => {
    const found = nearInputs([
      row('a', text),
      row('b', `${text} today`),
      row('c', 'an invoice of last month is missing from my account page today'),
      row('d', { question: text, lang: 'en' }),
    ])
    expect(found.map(({ a, b }) => a.id + b.id)).toEqual(['ab', 'ad'])
    expect(found[0]!.share).toBeCloseTo(15 / 16)
  })

  it('is neither the same nor short', () => {
    expect(nearInputs([row('a', text), row('b', text.toUpperCase())])).toEqual([])
    expect(nearInputs([row('a', 'yes please do'), row('b', 'yes please do now')])).toEqual([])
  })

  it('is found among thousands', () => {
    const many = Array.from({ length: 3_000 }, (_, i) =>
      row(`r${i}`, `question ${i} about item${i % 97} of customer${i % 53} on day${i % 31} in town${i % 7}`),
    )
    const twin = row('twin', `${String(many[2_000]!.input)}!`)
    expect(nearInputs([...many, twin]).map(({ a, b }) => [a.id, b.id])).toContainEqual(['r2000', 'twin'])
  })

  it('agrees with comparing all with all', () => {
    const words = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const rows = Array.from({ length: 60 }, (_, i) =>
      row(`${i}`, words.filter((_word, bit) => (i * 37 + 11) & (1 << bit)).join(' ') + ' x y z'),
    )
    const slow = rows.flatMap((a, i) =>
      rows.slice(i + 1).flatMap((b) => {
        const [x, y] = [new Set(String(a.input).split(' ')), new Set(String(b.input).split(' '))]
        const both = [...x].filter((word) => y.has(word)).length
        const near = x.size >= 5 && y.size >= 5 && both / (x.size + y.size - both) >= 0.8
        return near && a.input !== b.input ? [`${a.id} ${b.id}`] : []
      }),
    )
    expect(slow.length).toBeGreaterThan(20)
    expect(
      nearInputs(rows)
        .map(({ a, b }) => `${a.id} ${b.id}`)
        .toSorted(),
    ).toEqual(slow.toSorted())
  })
})

describe('groups', () => {
  const rows = [
    row('a', 1, { split: 'train', talk: 't1', only: 1, deep: {} }),
    row('b', 2, { split: 'test', talk: 't1', only: 2 }),
    row('c', 3, { split: 'test', talk: 't2', only: 3 }),
    row('d', 4, { talk: 't2', topic: 'x' }),
    row('e', 5, { topic: 'x', split: 'train' }),
    row('f', 6, { topic: 'y', split: 'test' }),
  ]
  it('are named by fields whose values repeat', () => {
    expect(groupKeys(rows)).toEqual(['talk', 'topic'])
  })
  it('leak where their rows stand in several splits', () => {
    expect(leaks(rows, 'talk')).toEqual([
      { name: 't1', ids: ['a', 'b'], splits: ['test', 'train'], apart: true },
    ])
    expect(leaks(rows, 'topic')).toEqual([])
    expect(leaks(rows, 'nothing')).toEqual([])
  })
})
