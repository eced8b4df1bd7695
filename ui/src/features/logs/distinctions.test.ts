import { describe, expect, it } from 'vitest'
import { choiceOf, fieldLabel, percent, timesAsCommon, valueLabel, type Distinction } from './distinctions'

const one = (changes: Partial<Distinction>): Distinction => ({
  field: 'metadata.tier',
  value: 'pro',
  where: "metadata.tier = 'pro'",
  chosen: 3,
  others: 1,
  share: 0.6,
  other_share: 0.2,
  difference: 0.4,
  interval: [0.1, 0.6],
  p: 0.01,
  ...changes,
})

describe('what is asked', () => {
  it('is what the address filters by, within its time', () => {
    const range = '2026-01-01T00:00:00.000Z..2026-01-02T00:00:00.000Z'
    expect(choiceOf({ t: range, q: "it's", f: ['error IS NOT NULL'] })).toEqual({
      where: ['error IS NOT NULL', "search('it''s')"],
      within: ["created >= '2026-01-01T00:00:00.000Z'", "created < '2026-01-02T00:00:00.000Z'"],
    })
  })
  it('is the selected traces whatever the filters say', () => {
    expect(choiceOf({ t: 'all', q: 'words', f: ['true'] }, ["a'b", 'c'])).toEqual({
      where: ["root_span_id IN ('a''b', 'c')"],
      within: [],
    })
  })
})

describe('what is told', () => {
  it('names fields and values as people do', () => {
    expect(fieldLabel('tool')).toBe('Tool')
    expect(fieldLabel('metadata."odd key"')).toBe('metadata.odd key')
    expect(valueLabel(one({ field: 'error', value: true }))).toBe('with an error')
    expect(valueLabel(one({ value: false }))).toBe('false')
  })
  it('says how many times as common a value is', () => {
    expect(timesAsCommon(one({}))).toBe('3.0 ×')
    expect(timesAsCommon(one({ share: 0.5, other_share: 0.01 }))).toBe('50 ×')
    expect(timesAsCommon(one({ share: 0.1, other_share: 0.2 }))).toBe('0.50 ×')
    expect(timesAsCommon(one({ other_share: 0 }))).toBe('only in these')
    expect(timesAsCommon(one({ share: 0 }))).toBe('never in these')
  })
  it('keeps small shares apart from none', () => {
    expect([0, 0.004, 0.0046, 0.5, 1].map(percent)).toEqual(['0 %', '0.4 %', '0.5 %', '50 %', '100 %'])
  })
})
