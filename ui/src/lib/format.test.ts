import { describe, expect, it } from 'vitest'
import * as format from './format'

describe('numbers people read', () => {
  it.each([
    [0.0000004, '<1 ms'],
    [0, '0 ms'],
    [0.0821, '82 ms'],
    [0.9999, '1000 ms'],
    [4.824, '4.82 s'],
    [59.94, '59.9 s'],
    [125, '2 m 05 s'],
    [4320, '1 h 12 m'],
    [null, '–'],
    [Number.NaN, '–'],
  ])('duration %s is %s', (seconds, text) => expect(format.duration(seconds)).toBe(text))

  it.each([
    [940, '940'],
    [6213, '6.2k'],
    [3000, '3k'],
    [999_949, '999.9k'],
    [999_950, '1M'],
    [3_400_000, '3.4M'],
  ])('compact %s is %s', (value, text) => expect(format.compact(value)).toBe(text))

  it.each([
    [0.00412, '$0.0041'],
    [0.00001, '<$0.0001'],
    [1.274, '$1.27'],
    [-0.0021, '−$0.0021'],
    [1204.4, '$1,204'],
    [0, '$0'],
  ])('money %s is %s', (value, text) => expect(format.money(value)).toBe(text))

  it('never rounds a score to a bound it has not reached', () => {
    expect(format.score(0.9985)).toBe('0.999')
    expect(format.score(1)).toBe('1.00')
    expect(format.score(0.004)).toBe('0.004')
    expect(format.score(0)).toBe('0.00')
  })

  it('gives differences a sign, and zero none', () => {
    expect(format.signed(0.403, '')).toBe('+0.40')
    expect(format.signed(-1.6, 's')).toBe('−1.60 s')
    expect(format.signed(1318, 'tok')).toBe('+1.3k')
    expect(format.signed(-0.0021, '$')).toBe('−$0.0021')
    expect(format.signed(0, '')).toBe('0.00')
    expect(format.signed(0.0002, 's')).toBe('< +1 ms')
    expect(format.signed(-0.0002, 's')).toBe('> −1 ms')
    expect(format.signed(-0.00001, '$')).toBe('> −$0.0001')
  })
})

describe('times', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  it.each([
    ['2026-11-21T11:59:58Z', 'just now'],
    ['2026-11-21T11:59:20Z', '40 s ago'],
    ['2026-11-21T11:58:00Z', '2 min ago'],
    ['2026-11-21T12:00:30Z', 'just now'],
    ['2026-11-21T12:10:00Z', 'in 10 min'],
    ['2026-11-28T11:59:59Z', 'in 7 d'],
    ['2026-11-21T09:00:00Z', '3 h ago'],
    ['2026-11-18T12:00:00Z', '3 d ago'],
    ['not a time', '–'],
  ])('%s was %s', (iso, text) => expect(format.ago(iso, now)).toBe(text))

  it('writes UTC to the millisecond', () =>
    expect(format.exactTime('2026-11-21T05:43:12.081Z', 'utc')).toBe('2026-11-21 05:43:12.081 UTC'))
})
