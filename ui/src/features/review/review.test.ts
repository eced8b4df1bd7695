import { describe, expect, it } from 'vitest'
import { answerOf, changeFor, combined, isAnswered, type Change } from './answers'
import { reviewed } from './api'
import { readChoices, readConfig, type ScoreConfig } from './configs'
import { CHOICE, SEVERAL, SLIDER } from './fixture'
import { readDrafts } from './choices-field'
import { byDigit, toggled } from './score-inputs'
import { laidOver } from './use-review'
import type { Row } from '@/api/types'

const NOTE: ScoreConfig = { ...CHOICE, name: 'Note', type: 'free-form', choices: [] }
const GOLD: ScoreConfig = { ...CHOICE, name: 'Label', toExpected: true }
const ROW = { id: 'r', scores: null, metadata: null, expected: null } as unknown as Row

describe('answers', () => {
  it('come back as they were given', () => {
    const cases: [ScoreConfig, Parameters<typeof changeFor>[1]][] = [
      [CHOICE, ['wrong']],
      [SEVERAL, ['right', 'wrong']],
      [SLIDER, 0],
      [NOTE, 'so-so'],
      [GOLD, ['right']],
    ]
    for (const [config, answer] of cases) {
      const after = laidOver(ROW, changeFor(config, answer))
      expect(answerOf(config, after), config.name).toEqual(answer)
      expect(isAnswered(answerOf(config, ROW))).toBe(false)
    }
  })
  it('are taken back by null', () => {
    const change: Change = changeFor(CHOICE, [])
    expect(change).toEqual({ scores: { Correct: null } })
    expect(answerOf(CHOICE, laidOver({ ...ROW, scores: { Correct: 1 } }, change))).toBeNull()
  })
  it('of several choices count as their mean and keep the names', () => {
    expect(changeFor(SEVERAL, ['right', 'wrong'])).toEqual({
      scores: { Faults: 0.5 },
      metadata: { review: { Faults: ['right', 'wrong'] } },
    })
  })
  it('toggle', () => {
    expect(toggled(CHOICE, ['right'], 'wrong')).toEqual(['wrong'])
    expect(toggled(CHOICE, ['right'], 'right')).toEqual([])
    expect(toggled(SEVERAL, ['right'], 'wrong')).toEqual(['right', 'wrong'])
  })
})

describe('questions', () => {
  it('read the three forms of choices', () => {
    expect(readChoices([{ name: 'a', value: 1 }, { name: 'bad' }])).toEqual([{ name: 'a', value: 1 }])
    expect(readChoices({ a: 0.5, b: 'x' })).toEqual([{ name: 'a', value: 0.5 }])
    expect(readChoices(['low', 'mid', 'high']).map((choice) => choice.value)).toEqual([0, 0.5, 1])
    expect(readChoices(null)).toEqual([])
  })
  it('are only those to people', () => {
    expect(readConfig({ id: '1', name: 'x', score_type: 'online' })).toBeNull()
    expect(readConfig({ id: '1', name: 'x', score_type: 'slider' })?.type).toBe('slider')
  })
  it('read once every choice has a name of its own and a number', () => {
    expect(
      readDrafts([
        { name: ' good ', value: '1' },
        { name: 'bad', value: '0.25' },
      ]),
    ).toEqual([
      { name: 'good', value: 1 },
      { name: 'bad', value: 0.25 },
    ])
    const good = { name: 'good', value: '1' }
    for (const wrong of [
      { name: ' ', value: '0' },
      { name: 'good ', value: '0' },
      { name: 'bad', value: '2' },
      { name: 'bad', value: '-0.1' },
      { name: 'bad', value: 'x' },
      { name: 'bad', value: '' },
    ])
      expect(readDrafts([good, wrong]), JSON.stringify(wrong)).toBeNull()
  })
  it('say when a row is reviewed; free texts alone do not count', () => {
    expect(reviewed([SLIDER, NOTE])).toBe('scores.Tone IS NOT NULL')
    expect(reviewed([NOTE])).toBe('metadata.review.Note IS NOT NULL')
    expect(reviewed([])).toBeNull()
  })
})

it('several answers to one row do not get in each other’s way', () => {
  const given: [ScoreConfig, Parameters<typeof changeFor>[1]][] = [
    [SLIDER, 0.5],
    [CHOICE, ['right']],
    [NOTE, 'fine'],
    [SEVERAL, ['wrong']],
  ]
  expect(combined(given.map(([config, answer]) => changeFor(config, answer)))).toEqual({
    scores: { Tone: 0.5, Correct: 1, Faults: 0 },
    metadata: { review: { Note: 'fine', Faults: ['wrong'] } },
  })
  expect(combined([])).toEqual({})
})

describe('a digit', () => {
  it('answers what it can', () => {
    expect(byDigit(SLIDER, null, 5)).toEqual({ answer: 1, done: true })
    expect(byDigit(SLIDER, null, 6)).toBeNull()
    expect(byDigit(CHOICE, null, 2)).toEqual({ answer: ['wrong'], done: true })
    expect(byDigit(CHOICE, ['wrong'], 2)).toEqual({ answer: [], done: true })
    expect(byDigit(CHOICE, null, 3)).toBeNull()
    expect(byDigit(SEVERAL, ['right'], 2)).toEqual({ answer: ['right', 'wrong'], done: false })
    expect(byDigit(NOTE, null, 1)).toBeNull()
  })
})

describe('a row after an assignment', () => {
  it('has it beside its notes', () => {
    const row = { ...ROW, metadata: { tier: 'pro', review: { Note: 'x' } } } as unknown as Row
    expect(laidOver(row, { metadata: { '~__bt_assignments': ['u'] } }).metadata).toEqual({
      tier: 'pro',
      review: { Note: 'x' },
      '~__bt_assignments': ['u'],
    })
  })
})
