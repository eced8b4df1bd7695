import type { Bar } from './api'

/** From a score to its height, 0 … 1, within the chart. */
export type Scale = (value: number) => number

/** Scores lie between 0 and 1; the scale widens for those that do not, and cuts intervals that reach beyond. */
export function scale(bars: readonly Pick<Bar, 'score'>[]): Scale {
  const means = bars.flatMap((bar) => (bar.score ? [bar.score.mean] : []))
  const low = Math.min(0, ...means)
  const high = Math.max(1, ...means)
  return (value) => Math.max(0, Math.min(1, (value - low) / (high - low)))
}
