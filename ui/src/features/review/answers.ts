/** What a reviewer says of a row, and how it is written down. */
import { request } from '@/api/client'
import { ASSIGNMENTS } from '@/api/people'
import type { Row } from '@/api/types'
import type { Json, JsonObject } from '@/lib/json'
import type { Source } from '@/lib/sql'
import type { ScoreConfig } from './configs'

export type RowRef = { from: Source; objectId: string; rowId: string }

/** A merge of one row: only what is named changes. */
export type Change = {
  scores?: Record<string, number | null>
  expected?: Json
  metadata?: Record<string, Json>
  tags?: string[]
}

/** Write a change; `tags` replace those of the row, everything else is laid over what is there. */
export function change({ rowId, ...place }: RowRef, what: Change): Promise<unknown> {
  return changeAll(place, [{ rowId, what }])
}

const MOST_EVENTS = 500

export type Changes = readonly { rowId: string; what: Change | { _object_delete: true } }[]

/** The events that write changes. */
export function eventsOf(changes: Changes) {
  return changes.map(({ rowId, what }) => ({
    id: rowId,
    ...('_object_delete' in what ? {} : { _is_merge: true }),
    ...what,
    ...mergePaths(what),
  }))
}

export const insertPath = ({ from, objectId }: Omit<RowRef, 'rowId'>): string =>
  `/v1/${from}/${objectId}/insert`

/** Write changes of several rows of one object. */
export async function changeAll(place: Omit<RowRef, 'rowId'>, changes: Changes): Promise<void> {
  const events = eventsOf(changes).map((event) => ({ ...event, _audit_source: 'app' }))
  for (let at = 0; at < events.length; at += MOST_EVENTS) {
    const body = { events: events.slice(at, at + MOST_EVENTS) }
    await request(insertPath(place), { method: 'POST', body })
  }
}

/** What a merge replaces instead of laying it over what is there. */
function mergePaths(what: Change | { _object_delete: true }): { _merge_paths?: string[][] } {
  const paths = [
    ...('tags' in what && what.tags ? [['tags']] : []),
    ...('metadata' in what && what.metadata && ASSIGNMENTS in what.metadata
      ? [['metadata', ASSIGNMENTS]]
      : []),
  ]
  return paths.length ? { _merge_paths: paths } : {}
}

/** The change that assigns a row to these people and nobody else. */
export function assignment(people: readonly string[]): Change {
  return { metadata: { [ASSIGNMENTS]: [...people] } }
}

/** Several changes of one row as one: answers to different questions do not get in each other's way. */
export function combined(changes: readonly Change[]): Change {
  return changes.reduce<Change>((sum, next) => {
    const notes = { ...(sum.metadata?.[NOTES] as object), ...(next.metadata?.[NOTES] as object) }
    return {
      ...sum,
      ...next,
      ...(sum.scores || next.scores ? { scores: { ...sum.scores, ...next.scores } } : {}),
      ...(Object.keys(notes).length ? { metadata: { [NOTES]: notes as JsonObject } } : {}),
    }
  }, {})
}

export function comment({ from, objectId, rowId }: RowRef, text: string): Promise<unknown> {
  const feedback = [{ id: rowId, comment: text, source: 'app' }]
  return request(`/v1/${from}/${objectId}/feedback`, { method: 'POST', body: { feedback } })
}

/** Where the texts of free-form questions and the names of choices are kept. */
export const NOTES = 'review'

/** The answer a row has to a question: a number, chosen names, a text; null when there is none. */
export function answerOf(config: ScoreConfig, row: Pick<Row, 'scores' | 'metadata' | 'expected'>): Answer {
  if (config.toExpected) {
    const { expected } = row
    if (expected == null) return null
    if (config.type !== 'categorical') return expected as Answer
    return Array.isArray(expected) ? (expected as string[]) : [String(expected)]
  }
  const notes = row.metadata?.[NOTES]
  const note =
    typeof notes === 'object' && notes !== null && !Array.isArray(notes) ? notes[config.name] : undefined
  if (config.type === 'free-form') return typeof note === 'string' ? note : null
  const score = row.scores?.[config.name] ?? null
  if (config.type === 'slider' || score === null) return score
  if (Array.isArray(note)) return note as string[]
  return config.choices
    .filter((choice) => choice.value === score)
    .map((choice) => choice.name)
    .slice(0, 1)
}

export type Answer = number | string | string[] | null

/** The change that writes an answer down. Several chosen names count as their mean. */
export function changeFor(config: ScoreConfig, answer: Answer): Change {
  if (config.toExpected)
    return { expected: Array.isArray(answer) && !config.multiple ? (answer[0] ?? null) : answer }
  if (config.type === 'free-form') return { metadata: { [NOTES]: { [config.name]: answer } } }
  if (config.type === 'slider')
    return { scores: { [config.name]: typeof answer === 'number' ? answer : null } }
  const chosen = config.choices.filter((choice) => Array.isArray(answer) && answer.includes(choice.name))
  const mean = chosen.length ? chosen.reduce((sum, choice) => sum + choice.value, 0) / chosen.length : null
  return {
    scores: { [config.name]: mean },
    ...(config.multiple
      ? { metadata: { [NOTES]: { [config.name]: chosen.map((choice) => choice.name) } } }
      : {}),
  }
}

export function isAnswered(answer: Answer): boolean {
  return answer !== null && !(Array.isArray(answer) && answer.length === 0)
}
