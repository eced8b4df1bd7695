import { TriangleAlert } from 'lucide-react'
import type { Comparison } from '@/api/types'

/** Reasons to read the comparison with care. */
export function Warnings({ comparison }: { comparison: Comparison }) {
  if (comparison.warnings.length === 0) return null
  return (
    <ul
      aria-label="Warnings"
      className="shrink-0 border-b border-line bg-warn-soft px-3.5 py-1.5 text-s text-warn"
    >
      {comparison.warnings.map((warning) => (
        <li key={warning.code + warning.message} className="flex items-start gap-2 py-0.5">
          <TriangleAlert size={13} aria-hidden className="mt-0.5 shrink-0" />
          {warning.message}
        </li>
      ))}
    </ul>
  )
}
