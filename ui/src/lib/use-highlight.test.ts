import { expect, it } from 'vitest'
import { occurrences, searchedWords } from './use-highlight'

it('reads the words of the search box and of search() in filters', () => {
  expect(searchedWords('Rate limit', ["search('it''s late') AND x = 'no'", "output MATCH 'Boom'"])).toEqual([
    'rate',
    'limit',
    'it',
    's',
    'late',
    'boom',
  ])
  expect(searchedWords(undefined)).toEqual([])
})

it('finds whole words in any case, in any script', () => {
  expect(occurrences('A cat, a CATALOG, a Cat.', ['cat'])).toEqual([
    [2, 5],
    [20, 23],
  ])
  expect(occurrences('größer als groß', ['groß'])).toEqual([[11, 15]])
  expect(occurrences('anything', [])).toEqual([])
})
