/** Two-sided 95 % of the normal distribution: buckets with few values get a band that is a little narrow. */
const Z = 1.959964

type Found = number | null | undefined

/** 95 % interval of a mean; of a rate Wilson's (1927), which has a width even when nothing failed. */
export function intervalOf(rate: boolean, mean: Found, deviation: Found, n: Found): [number, number] | null {
  if (mean == null || !n) return null
  if (rate) return wilson(mean, n)
  if (deviation == null || n < 2) return null
  const half = (Z * deviation) / Math.sqrt(n)
  return [mean - half, mean + half]
}

/** Of a rate; has a width even when nothing failed (Wilson 1927). */
function wilson(rate: number, n: number): [number, number] {
  const spread = (Z * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n))) / (1 + (Z * Z) / n)
  const middle = (rate + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n)
  return [middle - spread, middle + spread]
}
