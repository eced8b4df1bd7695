import { t } from '@lingui/core/macro'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cx } from '@/lib/cx'
import { notifyError } from './ui/toast'

/** Put text on the clipboard; false when the browser forbids it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch (error) {
    notifyError(t`The browser did not allow copying`, error)
    return false
  }
}

type Props = {
  /** A function where making the text takes time. */
  text: string | (() => string)
  label: string
  className?: string
}

/** Copies and says so by turning into a tick. */
export function CopyButton({ text, label, className }: Props) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return undefined
    const timer = setTimeout(() => setDone(false), 1200)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <button
      type="button"
      aria-label={done ? t`Copied` : label}
      title={label}
      onClick={async () => setDone(await copyText(typeof text === 'string' ? text : text()))}
      className={cx(
        'inline-flex size-6 items-center justify-center rounded text-ink-3 hover:bg-sunken hover:text-ink',
        className,
      )}
    >
      {done ? <Check size={13} className="text-better" /> : <Copy size={13} />}
    </button>
  )
}
