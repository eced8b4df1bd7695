import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { cx } from '@/lib/cx'
import { count } from '@/lib/format'

const FIRST = 6_000
const STEP = 100_000

/** Text with its line breaks. Long text opens in steps, so that megabytes do not freeze the page. */
export function LongText({
  text,
  mono = false,
  className,
}: {
  text: string
  mono?: boolean
  className?: string
}) {
  const [limit, setLimit] = useState(FIRST)
  const rest = text.length - limit
  return (
    <div className={cx('p-2.5', className)}>
      <div className={cx('text-s break-words whitespace-pre-wrap', mono && 'font-mono text-[11.5px]/[17px]')}>
        {rest > 0 ? text.slice(0, limit) : text}
      </div>
      {rest > 0 ? (
        <button
          type="button"
          onClick={() => setLimit(limit + STEP)}
          className="mt-1.5 text-s font-medium text-accent hover:underline"
        >
          {t`Show more (${count(rest)} characters left)`}
        </button>
      ) : null}
    </div>
  )
}
