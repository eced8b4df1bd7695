import { describe, expect, it } from 'vitest'
import { parseSearch, stringifySearch } from './address'
import { experimentSearch, logsSearch } from './search-params'

describe('addresses', () => {
  it('survive a round trip, whatever the values look like', () => {
    const search = {
      r: '123456789012345678901234',
      s: 'true',
      q: 'a&b=c #é "x"',
      f: ["scores.x < 0.5 and y = 'z'", 'error IS NULL'],
    }
    expect(parseSearch(stringifySearch(search))).toEqual(search)
  })

  it('leave out what is not set', () => {
    expect(stringifySearch({ r: undefined, q: '', f: [] })).toBe('')
  })

  it('keep only what a page knows', () => {
    expect(logsSearch(parseSearch('?tvt=nope&view=spans&f=a&f=b&r=1&r=2&x=y'))).toMatchObject({
      tvt: undefined,
      view: 'spans',
      f: ['a', 'b'],
      r: '1',
    })
    expect(
      experimentSearch(parseSearch('?cluster=metadata.a&margin=0.02&level=0.99&method=bca')),
    ).toMatchObject({
      cluster: 'metadata.a',
      margin: '0.02',
      level: '0.99',
      method: 'bca',
    })
    expect(experimentSearch(parseSearch('?margin=-1&level=2&method=magic&correction=none'))).toMatchObject({
      margin: undefined,
      level: undefined,
      method: undefined,
      correction: undefined,
    })
    expect(experimentSearch(parseSearch('?c=base&filter=improved&lt=comparison'))).toMatchObject({
      c: ['base'],
      filter: 'improved',
    })
  })
})
