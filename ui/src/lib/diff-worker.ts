/** Compares what is too long to compare between two frames. */
import { solve, type Task } from './solve'

globalThis.addEventListener('message', ({ data }: MessageEvent<{ id: number; task: Task }>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the page that started it is its only listener
  globalThis.postMessage({ id: data.id, found: solve(data.task) })
})
