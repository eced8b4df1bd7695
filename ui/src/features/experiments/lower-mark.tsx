import { t } from '@lingui/core/macro'

/** Beside the name of a number of which less is better. */
export function LowerMark() {
  return (
    <span className="ml-1 text-ink-3">
      <span aria-hidden>↓</span>
      <span className="sr-only">{t`lower is better`}</span>
    </span>
  )
}
