import { describe, expect, it } from 'vitest'
import { bounds, bucket, rangeConditions, rangeLabel } from './time-range'

const NOW = Date.parse('2026-11-21T12:34:56Z')

describe('time ranges', () => {
  it('resolve presets to the minute', () => {
    expect(bounds('1h', NOW)).toEqual({ from: '2026-11-21T11:34:00.000Z', to: null })
    expect(bounds(undefined, NOW).from).toBe('2026-11-14T12:34:00.000Z')
    expect(bounds('all', NOW)).toEqual({ from: null, to: null })
  })

  it('read two instants and forgive a broken one', () => {
    expect(bounds('2026-11-01T00:00:00Z..2026-11-02T00:00:00Z')).toEqual({
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
    })
    expect(bounds('x..2026-11-02T00:00:00Z')).toEqual({ from: null, to: '2026-11-02T00:00:00.000Z' })
  })

  it('become conditions and labels', () => {
    expect(rangeConditions({ from: 'A', to: 'B' })).toEqual(["created >= 'A'", "created < 'B'"])
    expect(rangeLabel('24h')).toBe('Last 24 hours')
    expect(rangeLabel('all')).toBe('All time')
  })

  it.each([30, 61, 3600, 86_400, 7 * 86_400, 365 * 86_400])(
    '%s seconds make between 13 and 96 bars',
    (seconds) => {
      const bars = seconds / bucket(seconds).seconds
      expect(bars).toBeLessThanOrEqual(96)
      expect(bars).toBeGreaterThanOrEqual(12)
    },
  )
})
