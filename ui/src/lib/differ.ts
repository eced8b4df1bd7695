/** Large differences, in a worker, so that the page never waits. */
import { t } from '@lingui/core/macro'
import type { Found, Task } from './solve'

/** Texts of more characters together are compared in the worker. */
export const AT_ONCE = 20_000

/** Results of the worker that are kept: a row that scrolls out of sight and back needs its own again. */
const KEPT = 30

let worker: Worker | null = null
let last = 0
const waiting = new Map<number, { done: (found: Found) => void; failed: (error: Error) => void }>()
const kept: { task: Task; found: Promise<Found> }[] = []

/** Solve a task in the worker. */
export function solveLater(task: Task): Promise<Found> {
  const known = kept.find(
    ({ task: { kind, before, after } }) =>
      kind === task.kind && before === task.before && after === task.after,
  )
  if (known) return known.found
  const found = new Promise<Found>((done, failed) => {
    const id = ++last
    waiting.set(id, { done, failed })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    started().postMessage({ id, task })
  })
  kept.push({ task, found })
  if (kept.length > KEPT) kept.shift()
  return found
}

function started(): Worker {
  if (worker) return worker
  worker = new Worker(new URL('./diff-worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<{ id: number; found: Found }>) => {
    waiting.get(data.id)?.done(data.found)
    waiting.delete(data.id)
  })
  worker.addEventListener('error', ({ message }) => {
    for (const { failed } of waiting.values()) failed(new Error(message || t`the comparison failed`))
    waiting.clear()
    kept.length = 0
    worker = null
  })
  return worker
}
