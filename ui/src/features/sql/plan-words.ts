/** A plan in plain words. */
import { plural } from '@/lib/format'
import type { PlannedRead } from './api'

const KINDS: Record<string, string> = {
  project_logs: 'logs of',
  experiment: 'experiment',
  dataset: 'dataset',
  playground_logs: 'playground',
}

const INDEXES: Record<string, string> = {
  time: 'the order of time',
  trace: 'the index of traces',
  id: 'the index of ids',
  transaction: 'the index of transactions',
  words: 'the index of words',
}

const STEPS: Record<string, string> = {
  filter: 'Keep the rows that pass the filters',
  group: 'Group them',
  join: 'Join what was read',
  window: 'Compute window functions',
  sort: 'Sort',
  distinct: 'Drop doubles',
  union: 'Put queries together',
  unfold: 'Unfold lists',
  limit: 'Keep the first ones',
}

/** Which objects a read is of: `logs of playlist`, `dataset songs`. */
export function whatIsRead(read: PlannedRead): string {
  return `${KINDS[read.object_type] ?? read.object_type} ${read.objects.map((one) => one.name).join(', ')}`
}

/** How much of them: blocks, the share that is, and at most how many rows. */
export function howMuch(read: PlannedRead): string {
  if (read.of_blocks === 0) return 'Nothing is stored there.'
  if (read.blocks === 0)
    return `None of ${plural(read.of_blocks, 'block')}: the indexes know that nothing fits.`
  const blocks =
    read.blocks >= read.of_blocks
      ? `All of it: ${plural(read.of_blocks, 'block')}`
      : `${read.blocks.toLocaleString('en')} of ${plural(read.of_blocks, 'block')}`
  const parts = `from ${plural(read.parts, 'part')}`
  const rows = `at most ${plural(read.rows, 'row')}`
  return `${blocks} ${parts}, ${rows}.${read.narrowed ? ' What another read finds narrows it further.' : ''}`
}

/** What a filter does for the read it belongs to. */
export function whatItDoes(filter: PlannedRead['filters'][number], read: PlannedRead): string {
  if (filter.blocks === null) return 'depends on what another read finds'
  if (filter.index === null)
    return `no index: ${filter.opens_values ? 'opens a value of' : 'looks at'} every row that is read`
  const served = `served by ${INDEXES[filter.index] ?? filter.index}`
  return filter.blocks < read.of_blocks
    ? `${served}: alone, it leaves ${filter.blocks.toLocaleString('en')} of ${plural(read.of_blocks, 'block')}`
    : `${served}, which leaves out nothing here`
}

export const stepWords = (step: string): string => STEPS[step] ?? step
