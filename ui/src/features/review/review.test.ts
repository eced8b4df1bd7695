import { describe, expect, it } from 'vitest'
import { answerOf, changeFor, combined, isAnswered, type Change } from './answers'
import { reviewed } from './api'
import { readChoices, readConfig, type ScoreConfig } from './configs'
import { parseChoices } from './questions-dialog'
import { toggled } from './score-inputs'
import { laidOver } from './use-review'
import type { Row } from '@/api/types'

const CHOICE: ScoreConfig = {
  id: 'c',
  name: 'Correct',
  description: null,
  type: 'categorical',
  choices: [
    { name: 'right', value: 1 },
    { name: 'wrong', value: 0 },
  ],
  multiple: false,
  toExpected: false,
}
const SEVERAL: ScoreConfig = { ...CHOICE, name: 'Faults', multiple: true }
const SLIDER: ScoreConfig = { ...CHOICE, name: 'Tone', type: 'slider', choices: [] }
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
  it('are written as text', () => {
    expect(parseChoices('good = 1, bad = 0')).toEqual([
      { name: 'good', value: 1 },
      { name: 'bad', value: 0 },
    ])
    expect(parseChoices('best, worst')).toEqual([
      { name: 'best', value: 1 },
      { name: 'worst', value: 0 },
    ])
    for (const wrong of ['good = 2', 'good = x', '= 1', 'good = 1, bad'])
      expect(parseChoices(wrong), wrong).toBeNull()
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
