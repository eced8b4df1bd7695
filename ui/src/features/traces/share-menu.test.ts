import { expect, it } from 'vitest'
import { linkTo } from './share-menu'

it('keeps the rest of the address', () => {
  const here = 'http://h/app/o/p/x/logs?r=a&s=b&f=x+%3D+1'
  expect(linkTo(here, { s: 'c&d', full: '1' })).toBe('http://h/app/o/p/x/logs?r=a&s=c%26d&f=x+%3D+1&full=1')
  expect(linkTo(here, { s: null })).toBe('http://h/app/o/p/x/logs?r=a&f=x+%3D+1')
})
