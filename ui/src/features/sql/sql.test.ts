import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@/lib/json'
import { draw } from './chart'
import { complete, firstSource, type Schema } from './completion'
import { discoverPaths } from './discover'
import type { PlannedRead } from './api'
import { howMuch, whatIsRead, whatItDoes } from './plan-words'
import { added, changed, closed, readSheets, titleOf, titlesOf, withQuery } from './sheets'
import { resultColumns } from './result-columns'
import { isLimited } from './use-result'

const schema: Schema = {
  project: "it's",
  org: 'local',
  experiments: ['first', "second's"],
  datasets: ['cases'],
  paths: ['metadata.tier', 'scores."Closed QA"'],
}
const labels = (before: string, explicit = false): string[] =>
  complete(before, schema, explicit)?.options.map((option) => option.label) ?? []

describe('completion', () => {
  it('offers the objects of a source inside its argument, quoted', () => {
    const found = complete("SELECT * FROM experiment('sec", schema)!
    expect(found.from).toBe("SELECT * FROM experiment('".length)
    expect(found.options.map((option) => option.apply)).toEqual(['first', "second''s"])
    expect(labels("FROM dataset('")).toEqual(['cases'])
    expect(labels("FROM experiment('first', '")).toEqual(['first', "second's"])
    expect(labels("FROM project_logs('x', shape => 'tr")).toEqual(['spans', 'traces', 'summary'])
  })
  it('offers columns, found paths, functions and sources elsewhere', () => {
    const all = labels('SELECT me')
    expect(all).toEqual(
      expect.arrayContaining(['metadata', 'metadata.tier', 'percentile', 'project_logs', 'WHERE']),
    )
    expect(
      complete('SELECT project_l', schema)!.options.find((one) => one.label === 'project_logs')!.apply,
    ).toBe("project_logs('it''s')")
  })
  it('completes the fields of an alias', () => {
    expect(labels('SELECT l.metadata.t')).toContain('l.metadata.tier')
    expect(labels('SELECT metadata.t')).toContain('metadata.tier')
    expect(labels('SELECT metadata.t')).not.toContain('metadata.metadata.tier')
  })
  it('knows the columns of stored prompts', () => {
    expect(labels("SELECT slug FROM project_prompts('a') WHERE s")).toContain('slug')
    expect(labels("SELECT x FROM project_logs('a') WHERE s")).not.toContain('slug')
  })
  it('says nothing inside texts and comments, nor before anything is typed', () => {
    expect(complete("WHERE input = 'me", schema)).toBeNull()
    expect(complete("WHERE input = 'it''s me", schema)).toBeNull()
    expect(complete('SELECT 1 -- me', schema)).toBeNull()
    expect(complete('SELECT ', schema)).toBeNull()
    expect(complete('SELECT ', schema, true)).not.toBeNull()
  })
  it('finds what a query reads', () => {
    expect(firstSource("SELECT 1 FROM dataset('it''s') AS d")).toEqual({ source: 'dataset', name: "it's" })
    expect(firstSource('SELECT 1')).toBeNull()
  })
})

describe('discovered paths', () => {
  it('are written as SQL reads them, most frequent first, and not too deep', () => {
    const rows: { metadata: JsonObject; scores?: JsonObject; input?: string }[] = [
      { metadata: { tier: 'pro', 'a key': { b: { c: { d: 1 } } } }, scores: { 'Closed QA': 1 } },
      { metadata: { tier: 'free' }, input: 'text' },
    ]
    expect(discoverPaths(rows)).toEqual([
      'metadata.tier',
      'metadata."a key"',
      'metadata."a key".b',
      'metadata."a key".b.c',
      'scores."Closed QA"',
    ])
  })
})

describe('tabs', () => {
  const one = readSheets(null, 'start')
  it('start with one and survive nonsense in storage', () => {
    expect(one).toEqual({ open: [{ id: '1', text: 'start' }], active: '1' })
    expect(readSheets({ open: [3, { id: 'x' }], active: 'x' }, 'start')).toEqual(one)
    expect(readSheets({ open: [{ id: '2', text: 'a' }], active: 'gone' }, 's').active).toBe('2')
  })
  it('open a linked query in the untouched tab, else in a new one, and never twice', () => {
    expect(withQuery(one, 'q', 'start').open).toEqual([{ id: '1', text: 'q' }])
    const written = changed(one, '1', { text: 'mine' })
    const both = withQuery(written, 'q', 'start')
    expect(both).toEqual({ open: [...written.open, { id: '2', text: 'q' }], active: '2' })
    expect(withQuery({ ...both, active: '1' }, 'q', 'start')).toEqual(both)
  })
  it('close to their neighbour, and the last one to an empty one', () => {
    const three = added(added(one, 'b'), 'c')
    expect(closed(three, '3').active).toBe('2')
    expect(closed({ ...three, active: '1' }, '2')).toEqual({
      open: [three.open[0], three.open[2]],
      active: '1',
    })
    expect(closed(one, '1').open).toEqual([{ id: '1', text: '' }])
  })
  it('are called after what they read', () => {
    expect(titleOf({ id: '1', text: "select 1\nFROM experiment('it''s')" })).toBe("it's")
    expect(titleOf({ id: '1', text: '', title: 'Mine' })).toBe('Mine')
    expect(titleOf({ id: '1', text: 'SELECT 1' })).toBe('Query')
    const logs = "SELECT 1 FROM project_logs('shop')"
    const open = ['a', 'b', 'c'].map((id) => ({ id, text: id === 'b' ? '' : logs }))
    expect([...titlesOf(open).values()]).toEqual(['shop', 'Query', 'shop 2'])
  })
})

describe('charts of results', () => {
  it('draw numbers over time, in order, with a line for each name', () => {
    const rows = [
      { hour: '2026-01-01T02:00:00Z', model: 'a', n: 3 },
      { hour: '2026-01-01T01:00:00Z', model: 'a', n: 1 },
      { hour: '2026-01-01T01:00:00Z', model: 'b', n: 2 },
    ]
    const drawn = draw(rows)
    if (drawn.kind !== 'series') throw new Error(drawn.kind)
    expect(drawn.series.times.map((at) => new Date(at).toISOString().slice(11, 13))).toEqual(['01', '02'])
    expect(drawn.series.lines.map(({ label, values }) => [label, values])).toEqual([
      ['a', [1, 3]],
      ['b', [2, null]],
    ])
    expect(drawn.series.width).toBe(3_600_000)
  })
  it('draw a number by a name as bars, and nothing else', () => {
    expect(
      draw([
        { tag: 'x', n: 2, m: 5 },
        { tag: null, n: 1 },
      ]),
    ).toEqual({
      kind: 'bars',
      bars: [
        { label: 'x', value: 2 },
        { label: '–', value: 1 },
      ],
      measure: 'n',
      of: 'tag',
    })
    expect(draw([{ n: 1 }, { n: 2 }]).kind).toBe('none')
    expect(draw([{ input: { a: 1 } }]).kind).toBe('none')
    expect(draw([]).kind).toBe('none')
  })
})

const read = (changes: Partial<PlannedRead> = {}): PlannedRead => ({
  object_type: 'project_logs',
  objects: [{ id: 'p', name: 'playlist' }],
  parts: 2,
  blocks: 4,
  of_blocks: 40,
  rows: 4096,
  filters: [],
  narrowed: false,
  ...changes,
})
const filter = { text: 'x', index: null, blocks: 40, opens_values: false }

describe('a plan in words', () => {
  it('names what is read, and how much of it', () => {
    expect(whatIsRead(read())).toBe('logs of playlist')
    expect(
      whatIsRead(
        read({
          object_type: 'experiment',
          objects: [
            { id: '1', name: 'a' },
            { id: '2', name: 'b' },
          ],
        }),
      ),
    ).toBe('experiment a, b')
    expect(howMuch(read())).toBe('4 of 40 blocks from 2 parts, at most 4,096 rows.')
    expect(howMuch(read({ blocks: 40 }))).toContain('All of it: 40 blocks')
    expect(howMuch(read({ blocks: 0 }))).toContain('None of 40 blocks')
    expect(howMuch(read({ of_blocks: 0, blocks: 0 }))).toBe('Nothing is stored there.')
    expect(howMuch(read({ narrowed: true }))).toContain('narrows it further')
  })
  it('says what each filter does', () => {
    expect(whatItDoes(filter, read())).toBe('no index: looks at every row that is read')
    expect(whatItDoes({ ...filter, opens_values: true }, read())).toContain('opens a value of every row')
    expect(whatItDoes({ ...filter, index: 'time', blocks: 4 }, read())).toBe(
      'served by the order of time: alone, it leaves 4 of 40 blocks',
    )
    expect(whatItDoes({ ...filter, index: 'words' }, read())).toContain('leaves out nothing here')
    expect(whatItDoes({ ...filter, blocks: null }, read())).toBe('depends on what another read finds')
  })
})

it('knows a query that says how many rows it wants', () => {
  for (const limited of [
    'SELECT 1 LIMIT 5',
    'select 1\nlimit 5 ;',
    "select: * | from: project_logs('p') | limit: 10",
    "from: project_logs('p')\nlimit: 10\nselect: id",
    'SELECT 1 LIMIT 5 SETTINGS preview_length = 200',
  ])
    expect(isLimited(limited), limited).toBe(true)
  for (const whole of [
    'SELECT 1',
    'SELECT id FROM (SELECT 1 LIMIT 5)',
    "SELECT 'limit 5' AS x",
    'SELECT the_limit',
  ])
    expect(isLimited(whole), whole).toBe(false)
})

it('stands numbers to the right, and not what is null everywhere', () => {
  const values = [
    { n: 1, text: 'a', nothing: null, some: null },
    { n: null, text: null, nothing: null, some: 2 },
  ]
  const columns = resultColumns(values.map((row, index) => ({ index, values: row })))
  expect(columns.map(({ id, align }) => [id, align])).toEqual([
    ['n', 'right'],
    ['text', undefined],
    ['nothing', undefined],
    ['some', 'right'],
  ])
})
