import { describe, expect, it } from 'vitest'
import { tellingNames } from '@/lib/telling-names'
import { ordered, xactTime } from '@/lib/xact'
import { rowsSql } from './api'
import { classify, countChanges } from './difference'
import { guess, mapRecords } from './import-mapping'
import {
  allScores,
  byRow,
  cellMean,
  flakiness,
  hardestFirst,
  rowMean,
  runsSql,
  type Measure,
} from './performance'
import { formatOf, readRecords, type SourceRecord } from './records'
import { isStarred, withTag } from './star'

describe('records', () => {
  it('tells formats by name, else by text', () => {
    expect(formatOf('a,b', 'x.TSV')).toBe('tsv')
    expect(formatOf('a\tb\n1\t2')).toBe('tsv')
    expect(formatOf('{"a":1}\n{"a":2}')).toBe('jsonl')
    expect(formatOf('{\n"rows": []}')).toBe('json')
    expect(formatOf('[1]')).toBe('json')
    expect(formatOf('a,b\n1,2')).toBe('csv')
  })
  it('reads CSV with quotes, line breaks and JSON cells, and numbers lines as an editor does', () => {
    const text = 'q,a,m\r\n"one, ""two""\nthree",x,"{""n"":1}"\r\n\r\nfour,,[broken\r\nshort,1\r\nlast,y,'
    const { columns, records, problems } = readRecords(text)
    expect(columns).toEqual(['q', 'a', 'm'])
    expect(records).toEqual([
      { line: 2, values: { q: 'one, "two"\nthree', a: 'x', m: { n: 1 } } },
      { line: 5, values: { q: 'four', a: null, m: '[broken' } },
      { line: 7, values: { q: 'last', a: 'y', m: null } },
    ])
    expect(problems).toEqual([{ line: 6, message: '2 cells, the heading has 3' }])
  })
  it('names an unclosed quote and columns of one name', () => {
    expect(readRecords('a,b\n"x,1\ny,2').problems[0]).toEqual({
      line: 2,
      message: 'a quoted cell does not end, or text follows its end',
    })
    expect(readRecords('a,a\n1,2').problems).toEqual([{ line: 1, message: 'two columns are called a' }])
  })
  it('reads JSONL line by line and JSON item by item', () => {
    const lines = readRecords('{"a":1}\n\n{"a":}\n3\n{"b":2}')
    expect(lines.records.map(({ line }) => line)).toEqual([1, 5])
    expect(lines.problems.map(({ line }) => line)).toEqual([3, 4])
    expect(readRecords('{"rows": [{"a": 1}, 2]}')).toMatchObject({
      records: [{ line: 1, values: { a: 1 } }],
      problems: [{ line: 2, message: 'not a JSON object' }],
    })
    expect(readRecords('[{"a": 1},]').problems).toHaveLength(1)
  })
  it('reads what a spreadsheet copies', () => {
    expect(readRecords('q\ta\n"two\nlines"\tx').records[0]!.values).toEqual({ q: 'two\nlines', a: 'x' })
  })
})

describe('mapping', () => {
  it('guesses by name, and takes the first column as input when no name says so', () => {
    expect(guess(['Question', 'answer', 'tier', 'tags', 'split', 'id', 'created'])).toEqual({
      Question: 'input', answer: 'expected', tier: 'metadata', tags: 'tags', split: 'split', id: 'id', created: 'ignore',
    }) // prettier-ignore
    expect(guess(['id', 'text', 'x'])).toEqual({ id: 'id', text: 'input', x: 'metadata' })
  })
  it('makes rows, several input columns an object, and names rows without input', () => {
    const records: SourceRecord[] = [
      { line: 2, values: { q: 'why', n: 3, a: 'so', t: 'x, y,x', s: 'test', metadata: { k: 1 }, id: 7 } },
      { line: 3, values: { q: null, n: null, a: 'lost' } },
      { line: 4, values: { q: 'bad tags', t: [1] } },
    ]
    const mapping = {
      q: 'input', n: 'input', a: 'expected', t: 'tags', s: 'split', metadata: 'metadata', id: 'id',
    } as const // prettier-ignore
    const { rows, problems } = mapRecords(records, mapping)
    expect(rows).toEqual([
      {
        line: 2,
        event: {
          id: '7',
          input: { q: 'why', n: 3 },
          expected: 'so',
          metadata: { k: 1, split: 'test' },
          tags: ['x', 'y'],
        },
      },
    ])
    expect(problems).toEqual([
      { line: 3, message: 'nothing to be the input' },
      { line: 4, message: 'tags are texts' },
    ])
  })
})

describe('versions', () => {
  it('carry the second they were made in', () => {
    expect(xactTime('1000198271574671362')).toBe('2026-11-25T21:59:07.000Z')
    expect(xactTime('x')).toBeNull()
    expect(ordered('1000198271574671362', '999')).toEqual(['999', '1000198271574671362'])
  })
  it('differ in rows that were added, removed or changed, not in rows written again', () => {
    const { changes } = classify(
      [
        { id: 'same', input: 'a', metadata: { x: 1, y: 2 }, tags: [] },
        { id: 'edited', input: 'a', expected: 'b' },
        { id: 'gone', input: 'c' },
      ],
      [
        { id: 'same', input: 'a', metadata: { y: 2, x: 1 }, tags: null },
        { id: 'edited', input: 'a', expected: 'B', tags: ['t'] },
        { id: 'new', input: 'd' },
      ],
    )
    expect(changes.map(({ id, kind, fields }) => [id, kind, fields])).toEqual([
      ['edited', 'changed', ['expected', 'tags']],
      ['new', 'added', ['input']],
      ['gone', 'removed', ['input']],
    ])
    expect(countChanges(changes)).toEqual({ added: 1, removed: 1, changed: 1 })
  })
})

const run = (row: string, experiment_id: string, a: number | null, error: unknown = null) => ({
  row, experiment_id, scores: { A: a, B: 1 }, error, root_span_id: `${row}-${experiment_id}`,
}) // prettier-ignore

const by = (score: string | null, ...lower: string[]): Measure => ({ score, lower: new Set(lower) })

describe('performance of rows', () => {
  const results = byRow([
    run('r1', 'e1', 1),
    run('r1', 'e1', 0),
    run('r1', 'e2', 1),
    run('r2', 'e1', 0, 'boom'),
  ])
  it('groups runs, averages trials and puts the hardest first', () => {
    const [r1, r2] = results
    expect(cellMean(r1!.cells.get('e1'), by('A'))).toBe(0.5)
    expect(cellMean(r1!.cells.get('e1'), by(null))).toBe(0.75)
    expect(cellMean(undefined, by('A'))).toBeNull()
    expect(rowMean(r1!, by('A'))).toBe(0.75)
    expect(r2!.cells.get('e1')).toMatchObject({ runs: 1, errors: 1 })
    expect(hardestFirst(results, by('A')).map(({ row }) => row.id)).toEqual(['r2', 'r1'])
  })
  it('turns what is better when lower', () => {
    const [r1] = results
    expect(cellMean(r1!.cells.get('e1'), by(null, 'B'))).toBe(0.25)
    expect(cellMean(r1!.cells.get('e1'), by('A', 'A')), 'one score is shown as it is').toBe(0.5)
    expect(hardestFirst(results, by('A', 'A')).map(({ row }) => row.id)).toEqual(['r1', 'r2'])
  })
  it('calls a row flaky where its trials disagree about passing, not where they differ', () => {
    const [r1, r2] = results
    expect([flakiness(r1!, by('A')), flakiness(r1!, by('B')), flakiness(r2!, by(null))]).toEqual([
      { flaky: 1, of: 1 },
      { flaky: 0, of: 1 },
      { flaky: 0, of: 0 },
    ])
    const [close] = byRow([run('r', 'e', 0.7), run('r', 'e', 0.9), run('r', 'f', 0.2), run('r', 'f', 0.8)])
    expect(flakiness(close!, by('A'))).toEqual({ flaky: 1, of: 2 })
  })
  it('reads aggregates beside the scores, those that were logged first', () => {
    const made = [{ name: 'Q 1', sql: '(scores.A / 2)' }]
    const sql = runsSql('d', ['e1'], made)
    expect(sql).toContain('root_span_id, (scores.A / 2) AS "scores.Q 1" FROM experiment')
    expect(sql).toContain('e."scores.Q 1" AS "scores.Q 1",')
    const read = { ...run('r', 'e', 1), 'scores.Q 1': 0.5 }
    expect(allScores(read, made)).toEqual({ A: 1, B: 1, 'Q 1': 0.5 })
    expect(allScores({ ...read, scores: { 'Q 1': 0.1 } }, made)).toEqual({ 'Q 1': 0.1 })
    expect(allScores({ ...run('r', 'e', 1), 'scores.Q 1': null } as never, made)).toEqual({ A: 1, B: 1 })
  })
  it('shortens names by what they have in common', () => {
    expect(tellingNames(['nightly 2026-11-01 a', 'nightly 2026-11-02 b'])).toEqual(['…01 a', '…02 b'])
    expect([tellingNames(['one']), tellingNames(['a b', 'a']), tellingNames([])]).toEqual([
      ['one'],
      ['a b', 'a'],
      [],
    ])
  })
  it('quotes ids in the join', () => {
    expect(runsSql("d'x", ['e1', 'e2'])).toContain("FROM experiment('e1', 'e2', shape => 'summary')")
    expect(runsSql("d'x", ['e1'])).toContain("JOIN dataset('d''x')")
  })
})

const order = (o?: string): string =>
  rowsSql('d', o === undefined ? {} : { o })
    .split(' ORDER BY ')[1]!
    .trim()

describe('rows', () => {
  it('are in the order of the address, newest first where it names no column that has one', () => {
    expect(order()).toBe('created DESC')
    expect(order('created')).toBe('created ASC')
    expect(order('-input')).toBe('input DESC NULLS LAST, created DESC')
    expect(order('expected')).toBe('expected ASC NULLS LAST, created DESC')
    for (const odd of ['metadata', '-', 'id) --', 'toString']) expect(order(odd)).toBe('created DESC')
  })
  it('have a star once, beside their other tags', () => {
    expect(withTag(null, 'starred', true)).toEqual(['starred'])
    expect(withTag(['a', 'starred', 'b'], 'starred', true)).toEqual(['a', 'b', 'starred'])
    expect(withTag(['a', 'starred', 'starred'], 'starred', false)).toEqual(['a'])
    expect([null, [], ['starred'], ['Starred']].map((tags) => isStarred({ tags }))).toEqual([
      false,
      false,
      true,
      false,
    ])
  })
})
