/** Questions for tests. */
import type { ScoreConfig } from './configs'

export const CHOICE: ScoreConfig = {
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
  details: {},
}
export const SEVERAL: ScoreConfig = { ...CHOICE, id: 's', name: 'Faults', multiple: true }
export const SLIDER: ScoreConfig = { ...CHOICE, id: 't', name: 'Tone', type: 'slider', choices: [] }
