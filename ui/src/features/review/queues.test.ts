import { describe, expect, it } from 'vitest'
import { CHOICE, SEVERAL, SLIDER } from './fixture'
import {
  fromWire,
  lowestAlpha,
  questionsOf,
  sideText,
  toWire,
  wireText,
  type Queue,
  type Results,
} from './queues'

describe('answers', () => {
  it('travel as the server takes them and come back as the inputs show them', () => {
    for (const [config, answer, wire] of [
      [CHOICE, ['right'], 'right'],
      [SEVERAL, ['right', 'wrong'], ['right', 'wrong']],
      [SLIDER, 0.25, 0.25],
    ] as const) {
      expect(toWire(config, answer as never)).toEqual(wire)
      expect(fromWire(config, wire as never)).toEqual(answer)
    }
    expect(toWire(CHOICE, [])).toBeNull()
    expect(fromWire(CHOICE, undefined)).toBeNull()
  })
  it('read well in a table', () => {
    expect([undefined, 0.333, 'right', ['a', 'b']].map((wire) => wireText(wire))).toEqual([
      '–',
      '0.33',
      'right',
      'a, b',
    ])
  })
})

it('a preference names the system where it is known', () => {
  const place = { object_type: 'experiment', object_id: 'e', row_id: 'r' } as const
  const sources = [
    { ...place, system: 'old' },
    { ...place, system: 'new' },
  ]
  const said = { answers: null, tags: null }
  expect(sideText({ ...said, preference: 'right', strength: 2 }, sources)).toBe('new, clearly')
  expect(sideText({ ...said, preference: 'left', strength: null }, null)).toBe('left')
  expect(sideText({ ...said, preference: 'tie' }, sources)).toBe('tie')
  expect(sideText(said, sources)).toBe('–')
})

it('questions keep the order of the queue; deleted ones are left out', () => {
  const questions = [
    { project_score_id: 't', required: false },
    { project_score_id: 'gone', required: true },
    { project_score_id: 'c', required: true },
  ]
  const found = questionsOf({ questions } as Queue, [CHOICE, SLIDER])
  expect(found.map(({ id, required }) => [id, required])).toEqual([
    ['t', false],
    ['c', true],
  ])
})

const judged = (name: string, value: number | null) => ({
  project_score_id: name,
  name,
  items: 5,
  equal: 1,
  coefficients: [
    { measure: 'cohen_kappa', value: -1, interval: null, items: 5 },
    { measure: 'alpha_nominal', value, interval: null, items: 5 },
  ],
})

it('the lowest alpha stands for a queue', () => {
  const agreement = [judged('a', 0.8), judged('b', 0.4), judged('c', null)]
  expect(lowestAlpha({ agreement } as Results)).toEqual({ name: 'b', value: 0.4 })
  expect(lowestAlpha({ agreement: [judged('c', null)] } as Results)).toBeNull()
  expect(lowestAlpha(undefined)).toBeNull()
})
