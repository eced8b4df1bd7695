/** A plan in plain words. */
import { plural, t } from '@lingui/core/macro'
import { count } from '@/lib/format'
import type { PlannedRead } from './api'

const KINDS: Record<string, string> = {
  project_logs: t`logs of`,
  experiment: t`experiment`,
  dataset: t`dataset`,
}

const INDEXES: Record<string, string> = {
  time: t`the order of time`,
  trace: t`the index of traces`,
  id: t`the index of ids`,
  transaction: t`the index of transactions`,
  words: t`the index of words`,
}

const STEPS: Record<string, string> = {
  filter: t`Keep the rows that pass the filters`,
  group: t`Group them`,
  join: t`Join what was read`,
  window: t`Compute window functions`,
  sort: t`Sort`,
  distinct: t`Drop doubles`,
  union: t`Put queries together`,
  unfold: t`Unfold lists`,
  limit: t`Keep the first ones`,
}

/** Which objects a read is of: `logs of playlist`, `dataset songs`. */
export function whatIsRead(read: PlannedRead): string {
  return `${KINDS[read.object_type] ?? read.object_type} ${read.objects.map((one) => one.name).join(', ')}`
}

/** How much of them: blocks, the share that is, and at most how many rows. */
export function howMuch(read: PlannedRead): string {
  if (read.of_blocks === 0) return t`Nothing is stored there.`
  if (read.blocks === 0)
    return t`None of ${plural(read.of_blocks, { one: '# block', other: '# blocks' })}: the indexes know that nothing fits.`
  const blocks =
    read.blocks >= read.of_blocks
      ? t`All of it: ${plural(read.of_blocks, { one: '# block', other: '# blocks' })}`
      : t`${count(read.blocks)} of ${plural(read.of_blocks, { one: '# block', other: '# blocks' })}`
  const { parts, rows } = read
  const much = t`${blocks} from ${plural(parts, { one: '# part', other: '# parts' })}, at most ${plural(rows, { one: '# row', other: '# rows' })}.`
  return read.narrowed ? t`${much} What another read finds narrows it further.` : much
}

/** What a filter does for the read it belongs to. */
export function whatItDoes(filter: PlannedRead['filters'][number], read: PlannedRead): string {
  if (filter.blocks === null) return t`depends on what another read finds`
  if (filter.index === null)
    return filter.opens_values
      ? t`no index: opens a value of every row that is read`
      : t`no index: looks at every row that is read`
  const served = t`served by ${INDEXES[filter.index] ?? filter.index}`
  return filter.blocks < read.of_blocks
    ? t`${served}: alone, it leaves ${count(filter.blocks)} of ${plural(read.of_blocks, { one: '# block', other: '# blocks' })}`
    : t`${served}, which leaves out nothing here`
}

export const stepWords = (step: string): string => STEPS[step] ?? step
