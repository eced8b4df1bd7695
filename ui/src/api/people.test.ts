import { expect, test } from 'vitest'
import { assigneesOf, authorOf, handleOf, matching, type Person } from './people'

const person = (id: string, email: string, given_name: string | null = null): Person => ({
  id,
  email,
  given_name,
  family_name: null,
})
const ADA = person('1', 'ada@a.example', 'Ada')
const BOB = person('2', 'bob@a.example')
const OTHER = person('3', 'bob@b.example', 'Roberta')
const ALL = [ADA, BOB, OTHER]

test('a handle is short where it names one person alone', () => {
  expect(ALL.map((one) => handleOf(one, ALL))).toEqual(['ada', 'bob@a.example', 'bob@b.example'])
})

test('people are found by their names and addresses', () => {
  expect(matching(ALL, 'bo').map((one) => one.id)).toEqual(['2', '3'])
  expect(matching(ALL, 'ROB').map((one) => one.id)).toEqual(['3'])
  expect(matching(ALL, 'da')).toEqual([])
})

test('what is no list of ids is nobody', () => {
  expect(assigneesOf({ metadata: { '~__bt_assignments': ['1', 2, null] } })).toEqual(['1'])
  expect(assigneesOf({ metadata: { '~__bt_assignments': 'x' } })).toEqual([])
  expect(assigneesOf(null)).toEqual([])
})

test('an author is named, unless nobody kept who it was or they are not known here', () => {
  expect(['1', '9', null, undefined].map((id) => authorOf(id, ALL))).toEqual([
    'Ada',
    'somebody',
    'unknown author',
    'unknown author',
  ])
  expect(authorOf('1', undefined)).toBe('')
})
