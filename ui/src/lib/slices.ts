/** Long computations in pieces, so that the page answers in between. */

const SLICE_MS = 24

/** A computation that yields where it may be interrupted. */
export type Steps<T> = Generator<void, T>

/** Run to the end at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Run a slice at a time, with the browser's own work between. Raises the reason of `signal` when it is aborted. */
export async function runInSlices<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let until = performance.now() + SLICE_MS
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() < until) continue
    await new Promise((resolve) => setTimeout(resolve))
    signal?.throwIfAborted()
    until = performance.now() + SLICE_MS
  }
}
