/** Transaction ids. Below the top bits each holds the second it was made in, then a counter of 16 bits. */

const BELOW_TOP = (1n << 48n) - 1n

/** When a transaction was made, as an ISO instant; null for what is none. */
export function xactTime(xact: string | null | undefined): string | null {
  if (!xact || !/^\d{1,20}$/.test(xact)) return null
  return new Date(Number((BigInt(xact) & BELOW_TOP) >> 16n) * 1000).toISOString()
}

/** The older one first. */
export function ordered(a: string, b: string): [string, string] {
  return BigInt(a) <= BigInt(b) ? [a, b] : [b, a]
}
