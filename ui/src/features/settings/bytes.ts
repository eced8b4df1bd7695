import { t } from '@lingui/core/macro'
import { fixed } from '@/lib/format'

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size in bytes as people read it: "940 bytes", "1.5 MiB". */
export function bytes(size: number | null): string {
  if (size === null) return '–'
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10))
  return step === 0 ? t`${size} bytes` : `${fixed(size / 1024 ** step, 1)} ${UNITS[step]}`
}
