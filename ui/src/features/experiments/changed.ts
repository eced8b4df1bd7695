/** Where means of a score stop answering the same question: the data or what scored them is another. */
import { t } from '@lingui/core/macro'
import type { ExperimentRow } from './experiment-columns'

const SCORING_CODES = ['scorer_version_differs', 'judge_model_differs']

/** Says what changed from a run to a later one that makes a score's means another question; '' when nothing did. */
export function changesIn(
  rows: readonly ExperimentRow[],
  score: string,
): (before: ExperimentRow, now: ExperimentRow) => string {
  const known = SCORING_CODES.map((code) => scoredBy(rows, score, code))
  return ({ experiment: before }, { experiment: now }) => {
    const changes: string[] = []
    if (before.dataset_id && now.dataset_id && before.dataset_id !== now.dataset_id)
      changes.push(t`another dataset`)
    else if (before.dataset_version && now.dataset_version && before.dataset_version !== now.dataset_version)
      changes.push(t`the dataset changed`)
    const scoring = known.some((by) => {
      const [old, own] = [by(before.id), by(now.id)]
      return old !== undefined && own !== undefined && old !== own
    })
    if (scoring) changes.push(t`the scorer changed`)
    return changes.join(', ')
  }
}

/**
 * The version of a scorer by run, undefined where it is not known. A comparison with a baseline names both versions where
 * they differ, and says nothing where they are alike: runs alike share what any of them is known by.
 */
function scoredBy(
  rows: readonly ExperimentRow[],
  score: string,
  code: string,
): (id: string) => string | undefined {
  const alike = new Map<string, string>()
  const first = (id: string): string => {
    let at = id
    for (let next = alike.get(at); next !== undefined; next = alike.get(at)) at = next
    return at
  }
  const told: [string, string][] = []
  for (const { experiment, comparison } of rows) {
    const base = comparison?.baseline?.id
    const item = comparison?.scores.find(({ name }) => name === score)
    if (!base || !comparison) continue
    const versions = comparison.warnings.flatMap((one) =>
      one.code === code ? (versionsIn(one.message, score) ?? []) : [],
    )
    if (versions.length === 2) told.push([base, versions[0]!], [experiment.id, versions[1]!])
    else if (item?.mean != null && item.baseline_mean != null && first(experiment.id) !== first(base))
      alike.set(first(experiment.id), first(base))
  }
  const names = new Map(told.map(([id, version]) => [first(id), version]))
  return (id) => names.get(first(id))
}

/** The versions before and after in "…: Fit (1 → 2), Tone (a → b)."; null when the score is not among them. */
function versionsIn(message: string, score: string): [string, string] | null {
  const at = [`: ${score} (`, `, ${score} (`].map((lead) => {
    const found = message.indexOf(lead)
    return found === -1 ? -1 : found + lead.length
  })
  const start = Math.max(...at)
  if (start === -1) return null
  const [before, after] = message.slice(start, message.indexOf(')', start)).split(' → ')
  return before && after ? [before, after] : null
}
