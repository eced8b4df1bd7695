import { describe, expect, it } from 'vitest'
import type { Column } from '@/components/table/columns'
import { pinnedAt } from '@/components/table/columns'
import { groupFilter, groupsSql } from './groups'
import { offers } from './known-columns'
import { orderSql, readSort, writeSort } from './order'
import { arranged, moved, readColumns, writeColumn } from './own-columns'
import { scale } from './score-scale'
import { keptOf, shownBy } from '@/components/address-views'
import { logsShown } from '@/lib/search-params'

describe('columns of one’s own', () => {
  it('survive the address, with and without a name', () => {
    for (const [sql, label] of [
      ['metadata.tier', 'metadata.tier'],
      ['metrics.duration * 2', 'Twice "as" long'],
      ["concat(metadata.a, ' AS b')", 'x, y'],
    ] as const)
      expect(readColumns([writeColumn(sql, label)])[0]).toMatchObject({ sql, label })
    expect(readColumns(['cast_of.x as Y'])[0]).toMatchObject({ sql: 'cast_of.x', label: 'Y' })
    expect(readColumns(['  ', 'a', 'a'])).toHaveLength(1)
  })
})

const column = (id: string, fixed = false): Column<null> => ({
  id,
  header: id,
  label: id,
  size: 1,
  fixed,
  cell: () => null,
})

describe('the order of columns', () => {
  const columns = [column('time', true), ...['a', 'b', 'c'].map((id) => column(id))]
  const ids = (order?: string[]): string[] => arranged(columns, order).map(({ id }) => id)

  it('is that of the address; what it does not name stays behind its neighbour', () => {
    expect(ids()).toEqual(['time', 'a', 'b', 'c'])
    expect(ids(['c', 'a'])).toEqual(['time', 'c', 'a', 'b'])
    expect(ids(['gone', 'time', 'c', 'b', 'a'])).toEqual(['time', 'c', 'b', 'a'])
  })

  it('has what is pinned first, in the same order, and says so', () => {
    const two = arranged([columns[0]!, { ...columns[1]!, fixed: true }, ...columns.slice(2)], ['c', 'b'])
    expect(two.map(({ id }) => id)).toEqual(['time', 'a', 'c', 'b'])
    const pinned = arranged(columns, ['c', 'b', 'a'], ['a', 'c', 'time', 'gone'])
    expect(pinned.map(({ id, pinned: on }) => (on ? `${id}!` : id))).toEqual(['time', 'c!', 'a!', 'b'])
  })

  it('changes by putting one in front of another', () => {
    expect(moved(['a', 'b', 'c'], 'c', 'a')).toEqual(['c', 'a', 'b'])
    expect(moved(['a', 'b', 'c'], 'a', null)).toEqual(['b', 'c', 'a'])
    expect(moved(['a', 'b', 'c'], 'x', 'a')).toEqual(['a', 'b', 'c'])
    expect(moved(['a', 'b', 'c'], 'a', 'time')).toEqual(['a', 'b', 'c'])
  })
})

const wide = (id: string, size: number, pinned = false): Column<null> => ({ ...column(id), size, pinned })
const labels = (read: Parameters<typeof offers>[0]): string[] =>
  offers(read, ['metadata.tier', 'tags']).map(({ label }) => label)

it('keeps leading columns at their place up to the last pinned one', () => {
  const columns = [wide('time', 90), wide('a', 50, true), wide('b', 70), wide('c', 10, true), wide('d', 5)]
  expect(pinnedAt(columns, { a: 60 }, true)).toEqual([34, 124, 184, 254])
  expect(pinnedAt(columns.slice(0, 1), {}, true)).toEqual([])
  expect(pinnedAt(columns.slice(0, 2), {}, false)).toEqual([0, 90])
})

it('offers columns that are not on show, those of traces for traces only', () => {
  expect(labels({})).toEqual(expect.arrayContaining(['Error', 'Model calls', 'metadata.tier']))
  expect(labels({})).not.toContain('tags')
  expect(labels({ view: 'spans' })).not.toContain('Model calls')
  const [first] = offers({}, [])
  expect(labels({ col: [first!.text] })).not.toContain(first!.label)
})

it('asks for groups of the traces that the filters find', () => {
  const sql = groupsSql('p', {
    t: 'all',
    f: ['error IS NULL'],
    by: 'metadata.user_id',
    scores: ['A b'],
    sort: 'cost',
  })
  expect(sql).toContain("shape => 'summary') WHERE (error IS NULL)")
  expect(sql).toContain('avg(t.scores."A b") AS s0')
  expect(sql).toMatch(/GROUP BY 1 ORDER BY cost DESC, 1$/)
})

it('opens a group by a filter that quotes its value', () => {
  expect(groupFilter('metadata.u', "o'hara")).toBe("any_span(metadata.u = 'o''hara')")
  expect(groupFilter('metadata.u', 3)).toBe('any_span(metadata.u = 3)')
  expect(groupFilter('metadata.u', { a: 1 })).toBeNull()
})

const bar = (mean: number) => ({ score: { mean, n: 2, interval: null } })

it('draws scores between 0 and 1, and wider where means lie outside', () => {
  expect(scale([bar(0.5)])(0.5)).toBe(0.5)
  expect(scale([bar(0.5)])(1.4)).toBe(1)
  expect(scale([bar(-1), bar(3)])(1)).toBe(0.5)
  expect(scale([])(0.25)).toBe(0.25)
})

it('keeps in a view what the table shows, and reads only that from one', () => {
  const search = {
    t: '24h',
    f: ['a = 1', 'b = 2'],
    col: ['x AS "Y, z"'],
    r: 'trace',
    live: '1',
    v: 'id',
  } as const
  const address = keptOf({ ...search, f: [...search.f], col: [...search.col] }, logsShown)
  const view = { id: 'v', name: 'n', scope: 'project', objectId: 'p', options: { address } } as const
  expect(shownBy(view, logsShown)).toMatchObject({ t: '24h', f: ['a = 1', 'b = 2'], col: ['x AS "Y, z"'] })
  expect(shownBy(view, logsShown)).not.toHaveProperty('r')
  expect(keptOf(shownBy({ ...view, options: { address: { no: 'text' } } }, logsShown), logsShown)).toBe('')
})

describe('the order of rows', () => {
  it('is newest first, unless the address names a column', () => {
    expect(orderSql({})).toBe('created DESC')
    expect(orderSql({ o: 'created' })).toBe('created ASC')
    expect(orderSql({ o: '-duration' })).toBe('metrics.duration DESC NULLS LAST, created DESC')
    expect(orderSql({ o: 'duration', view: 'spans' })).toMatch(/^metrics\."end" - metrics\.start ASC/)
    expect(orderSql({ o: '-scores.A "b"' })).toMatch(/^scores\."A ""b""" DESC/)
    expect(orderSql({ o: 'col.x AS Y', col: ['x AS Y'] })).toMatch(/^x ASC/)
  })

  it('is none of the reader’s own making', () => {
    for (const o of ['-id; DROP', 'col.x', '-', 'scores']) expect(orderSql({ o })).toBe('created DESC')
  })

  it('goes through the address', () => {
    for (const o of ['-cost', 'scores.A', '-scores.-b']) expect(writeSort(readSort(o))).toBe(o)
    expect(writeSort(readSort('-created'))).toBeUndefined()
  })
})
