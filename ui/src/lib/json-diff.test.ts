import { describe, expect, it } from 'vitest'
import type { Json } from './json'
import { comparable, jsonDiff } from './json-diff'

describe('jsonDiff', () => {
  it('names the place of each change', () => {
    expect(jsonDiff({ a: { b: 1, c: [1, 2] }, d: 'x' }, { a: { b: 2, c: [1, 2] }, e: null })).toEqual([
      { path: 'a.b', kind: 'changed', before: 1, after: 2 },
      { path: 'd', kind: 'removed', before: 'x' },
      { path: 'e', kind: 'added', after: null },
    ])
  })

  it('sees no change in the order of fields, and one in the order of a list', () => {
    expect(jsonDiff({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toEqual([])
    expect(jsonDiff([1, 2], [2, 1])).toEqual([
      { path: '[0]', kind: 'removed', before: 1 },
      { path: '[1]', kind: 'added', after: 1 },
    ])
  })

  it('lines lists up: what is put in or taken out moves nothing else', () => {
    const list = Array.from({ length: 50 }, (_, id) => ({ id, name: `row ${id}` }))
    const changed: Json[] = [{ id: -1 }, ...list.slice(0, 20), ...list.slice(21)]
    expect(jsonDiff(list, changed)).toEqual([
      { path: '[0]', kind: 'added', after: { id: -1 } },
      { path: '[20]', kind: 'removed', before: list[20] },
    ])
    expect(jsonDiff(list, list.with(7, { id: 7, name: 'other' }))).toEqual([
      { path: '[7].name', kind: 'changed', before: 'row 7', after: 'other' },
    ])
  })

  it('lines up lists of tens of thousands', () => {
    const list: Json[] = Array.from({ length: 30_000 }, (_, id) => ({ id, name: `row ${id}`, same: true }))
    const changed = [...list.slice(0, 17), ...list.slice(18, 29_000), { id: -1 }, ...list.slice(29_000)]
    changed[20_000] = { id: 20_001, name: 'other', same: true }
    expect(jsonDiff(list, changed)).toEqual([
      { path: '[17]', kind: 'removed', before: list[17] },
      { path: '[20000].name', kind: 'changed', before: 'row 20001', after: 'other' },
      { path: '[28999]', kind: 'added', after: { id: -1 } },
    ])
  })

  it('says that a value became one of another kind', () => {
    expect(jsonDiff({ a: [1] }, { a: { b: 1 } })).toEqual([
      { path: 'a', kind: 'changed', before: [1], after: { b: 1 } },
    ])
    expect(jsonDiff({ a: null }, { a: 0 })).toHaveLength(1)
  })

  it('gives the second value back when its changes are applied', () => {
    let state = 5
    const next = (): number => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296
    const value = (depth: number): Json => {
      const kind = next()
      if (depth > 3 || kind < 0.4) return Math.floor(next() * 4)
      const size = Math.floor(next() * 4)
      return Object.fromEntries(
        Array.from({ length: size }, () => ['abcd'[Math.floor(next() * 4)]!, value(depth + 1)]),
      )
    }
    for (let round = 0; round < 200; round++) {
      const [before, after] = [{ root: value(0) }, { root: value(0) }] as [Json, Json]
      let result = structuredClone(before)
      for (const change of jsonDiff(before, after)) result = applied(result, change.path.split('.'), change)
      expect(result).toEqual(after)
    }
  })

  it('stands values nested thousands deep', () => {
    let deep: Json = 1
    for (let level = 0; level < 3000; level++) deep = { a: deep }
    expect(comparable(deep, { a: 1 })).toBe(false)
    expect(comparable({ a: 1 }, { a: 2 })).toBe(true)
    expect(comparable('a', { a: 1 })).toBe(false)
  })
})

function applied(target: Json, [name, ...rest]: string[], change: { kind: string; after?: Json }): Json {
  const record = target as { [key: string]: Json }
  if (rest.length > 0) return { ...record, [name!]: applied(record[name!]!, rest, change) }
  if (change.kind !== 'removed') return { ...record, [name!]: change.after! }
  const { [name!]: _, ...others } = record
  return others
}
