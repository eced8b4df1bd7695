import { expect, it } from 'vitest'
import { runInSlices, runSteps, type Steps } from './slices'

function* slow(milliseconds: number): Steps<string> {
  const until = performance.now() + milliseconds
  while (performance.now() < until) yield
  return 'done'
}

it('gives the same either way, and lets others run in between', async () => {
  expect(runSteps(slow(1))).toBe('done')
  let others = 0
  const timer = setInterval(() => others++, 1)
  expect(await runInSlices(slow(200))).toBe('done')
  clearInterval(timer)
  expect(others).toBeGreaterThan(0)
})

it('stops when it is no longer wanted', async () => {
  const wanted = new AbortController()
  const running = runInSlices(slow(10_000), wanted.signal)
  wanted.abort()
  await expect(running).rejects.toThrow()
})
