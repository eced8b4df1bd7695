import { describe, expect, it } from 'vitest'
import type { Row } from '@/api/types'
import { copyAs } from '@/lib/query-code'
import { metadataPaths, scoreNames } from './discover'
import { mergePages } from './merge-pages'
import { suggestions } from './suggestions'

const row = (id: string, extra: Partial<Row> = {}): Row => ({
  id,
  span_id: id,
  root_span_id: id,
  span_parents: null,
  is_root: true,
  created: '',
  _xact_id: '1',
  scores: null,
  metadata: null,
  metrics: null,
  span_attributes: null,
  tags: null,
  ...extra,
})

describe('suggestions', () => {
  const fields = ['scores.Variety', 'metadata.tier', 'error']
  it('offer the likelier reading first', () => {
    expect(suggestions("metadata.tier = 'pro'", fields).map((s) => s.kind)).toEqual(['filter', 'search'])
    expect(suggestions('jazz', fields).map((s) => s.kind)).toEqual(['search'])
    expect(suggestions('', fields)).toEqual([])
  })

  it('know what is meant by an error', () => {
    for (const word of ['error', 'Errors', 'failed', 'fail'])
      expect(suggestions(word, fields)).toEqual([
        { kind: 'filter', text: 'error IS NOT NULL' },
        { kind: 'search', text: word },
      ])
    expect(suggestions('error in line 3', fields).map((s) => s.kind)).toEqual(['search'])
  })

  it('complete a field by its path or its last part', () => {
    expect(suggestions('vari', fields)[0]).toEqual({ kind: 'field', text: 'scores.Variety ' })
    expect(suggestions('error is null and meta', fields)[0]?.kind).toBe('filter')
  })
})

describe('mergePages', () => {
  it('replaces known rows in place and puts new ones on top', () => {
    const pages = { pages: [{ data: [row('b'), row('a')], cursor: 'x', now: 0 }], pageParams: [null] }
    const merged = mergePages(pages, [row('c'), row('b', { output: 'new' })])
    expect(merged.added).toBe(1)
    expect(merged.pages.pages[0]!.data.map((r) => [r.id, r.output])).toEqual([
      ['c', undefined],
      ['b', 'new'],
      ['a', undefined],
    ])
  })
})

it('discovers scores and filterable metadata by frequency', () => {
  const rows = [
    row('1', { scores: { B: 1 }, metadata: { tier: 'pro', long: 'x'.repeat(100) } }),
    row('2', {
      scores: { A: 1, B: 0 },
      metadata: { tier: 'free', nested: { plan: 'team', deep: { er: { no: 1 } } } },
    }),
  ]
  expect(scoreNames(rows)).toEqual(['B', 'A'])
  expect(metadataPaths(rows)).toEqual([
    ['metadata', 'tier'],
    ['metadata', 'nested', 'plan'],
  ])
})

it('quotes SQL for the shell', () => {
  expect(copyAs('cli', "SELECT 'a'", 'http://h')).toBe(`assay sql 'SELECT '\\''a'\\'''`)
})
