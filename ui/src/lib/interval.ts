/** What a mean is of: a share of rows, a score (from 0 to 1), or any other number. */
export type Evidence = 'rate' | 'score' | 'mean'
type Found = number | null | undefined

/** 97.5th percentile of the normal distribution. */
const Z = 1.959964

/**
 * 95 % interval of a mean of `n` values with their sample deviation: Student's; of a rate, and of a score all of whose
 * values are 0 or 1, Wilson's (1927), which has a width even when all are alike. Null where nothing tells how sure it is.
 */
export function intervalOf(of: Evidence, mean: Found, deviation: Found, n: Found): [number, number] | null {
  if (mean == null || !n) return null
  if (of === 'rate' || (of === 'score' && isShare(mean, deviation, n))) return wilson(mean, n)
  if (deviation == null || n < 2) return null
  const half = (student(n - 1) * deviation) / Math.sqrt(n)
  return of === 'score' ? [Math.max(0, mean - half), Math.min(1, mean + half)] : [mean - half, mean + half]
}

/** Of values between 0 and 1 with this mean, those that are all 0 or 1 deviate most, and no others as much. */
function isShare(mean: number, deviation: Found, n: number): boolean {
  const most = mean * (1 - mean)
  if (n < 2 || deviation == null) return most === 0
  return Math.abs(deviation ** 2 * (1 - 1 / n) - most) < 1e-9
}

function wilson(rate: number, n: number): [number, number] {
  const spread = (Z * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n))) / (1 + (Z * Z) / n)
  const middle = (rate + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n)
  return [middle - spread, middle + spread]
}

/** 97.5th percentiles of Student's distribution with 1, 2, 3 and 4 degrees of freedom. */
const FEW = [12.7062, 4.30265, 3.18245, 2.77645]

/** 97.5th percentile of Student's distribution, to four digits: its expansion around the normal one (Fisher and Cornish 1960). */
function student(freedom: number): number {
  const known = FEW[freedom - 1]
  if (known !== undefined) return known
  const [z3, z5, z7, z9] = [Z ** 3, Z ** 5, Z ** 7, Z ** 9]
  return (
    Z +
    (z3 + Z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * Z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * Z) / (384 * freedom ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * Z) / (92160 * freedom ** 4)
  )
}
