import { describe, expect, it } from 'vitest'
import { intervalOf, rateDifference } from './interval'

describe('intervals', () => {
  it('of a rate have a width even at its ends', () => {
    const [low, high] = intervalOf(true, 0, null, 30)!
    expect(low).toBeCloseTo(0, 10)
    expect(high).toBeCloseTo(0.1135, 4)
    expect(intervalOf(true, null, null, 30)).toBeNull()
  })

  it('of a difference of rates are those of Newcombe 1998, table II', () => {
    // 56/70 against 48/80: method 10 gives 0.0524 … 0.3339.
    const [low, high] = rateDifference({ rate: 56 / 70, n: 70 }, { rate: 48 / 80, n: 80 })
    expect(low).toBeCloseTo(0.0524, 4)
    expect(high).toBeCloseTo(0.3339, 4)
    // 10/10 against 0/20: 0.6791 … 1.
    const [far, whole] = rateDifference({ rate: 1, n: 10 }, { rate: 0, n: 20 })
    expect(far).toBeCloseTo(0.6791, 4)
    expect(whole).toBeCloseTo(1, 10)
  })
})
