import { describe, expect, it } from 'vitest'
import { conjunction, literal, looksLikeFilter, path, select, simplePredicate } from './sql'

describe('building', () => {
  it('quotes what needs quoting', () => {
    expect(literal("it's")).toBe("'it''s'")
    expect(literal(null)).toBe('NULL')
    expect(path('scores', 'Closed QA')).toBe('scores."Closed QA"')
    expect(path('metadata', 'tier')).toBe('metadata.tier')
    expect(path('metadata', 'a"b')).toBe('metadata."a""b"')
  })

  it('keeps predicates apart', () => {
    expect(conjunction(['a = 1 OR b = 2', '', null, 'c = 3'])).toBe('(a = 1 OR b = 2) AND (c = 3)')
    expect(conjunction([])).toBe('')
  })

  it('writes one SELECT', () => {
    expect(
      select({ from: 'project_logs', id: "o'x", shape: 'summary', where: ['a = 1'], tail: 'LIMIT 5' }),
    ).toBe("SELECT * FROM project_logs('o''x', shape => 'summary') WHERE (a = 1) LIMIT 5")
    expect(select({ columns: 'id', from: 'dataset', id: 'd' })).toBe("SELECT id FROM dataset('d')")
  })
})

describe('looksLikeFilter', () => {
  it.each([
    "scores.Variety < 0.5 and metadata.tier = 'pro'",
    'error is not null',
    '"span_attributes".name = \'x\'',
    'not (error is null)',
    "tags includes 'a'",
    "search('timeout')",
    "any_span(metadata.tier = 'pro')",
    'not any_span(error is not null)',
    "input match 'jazz'",
    "metadata.tier in ('pro', 'free')",
  ])('%s is a filter', (text) => expect(looksLikeFilter(text)).toBe(true))

  it.each([
    'jazz for dinner',
    'error in the catalog',
    'input',
    'metadata.tier',
    'a = b',
    'created yesterday',
    'output is bad',
  ])('%s is text', (text) => expect(looksLikeFilter(text)).toBe(false))
})

const words = (sql: string): string =>
  Object.values(simplePredicate(sql) ?? {})
    .join(' ')
    .trim()

describe('simplePredicate', () => {
  it('reads as words', () => {
    expect(simplePredicate('scores.Variety < 0.5')).toEqual({
      field: 'Variety',
      relation: 'below',
      value: '0.5',
    })
    expect(simplePredicate("metadata.tier = 'it''s'")).toEqual({
      field: 'metadata.tier',
      relation: 'is',
      value: "it's",
    })
    expect(simplePredicate('error IS NOT NULL')).toEqual({ field: 'error', relation: 'is set', value: '' })
    expect(simplePredicate('a = 1 or b = 2')).toBeNull()
    expect(simplePredicate("a = 1 and b = 'x'")).toBeNull()
  })

  it('reads what facets write', () => {
    expect(words("any_span(metadata.tier IN ('pro', 'it''s'))")).toBe("metadata.tier is pro or it's")
    expect(words("any_span(tags INCLUDES 'x')")).toBe('tags has x')
    expect(words('NOT any_span(error IS NOT NULL)')).toBe('error is not set')
    expect(words('any_span(scores."A b" >= 0.2 AND scores."A b" < 0.4)')).toBe('A b from 0.2 to below 0.4')
    expect(words('any_span(a = 1) AND any_span(b = 2)')).toBe('')
  })
})
