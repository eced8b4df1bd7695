import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { cx } from '@/lib/cx'

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded-s border border-b-2 border-line-strong px-1 font-mono text-[10.5px] leading-[15px] text-ink-3 max-sm:hidden">
      {children}
    </kbd>
  )
}

/** A small neutral label. */
export function Tag({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span
      title={title}
      className="inline-block max-w-40 truncate rounded-s bg-sunken px-1.5 text-xs leading-[18px] text-ink-2 align-middle"
    >
      {children}
    </span>
  )
}

export type Tone = 'better' | 'worse' | 'unsure' | 'warn' | 'plain'
const TONES: Record<Tone, string> = {
  better: 'bg-better-soft text-better',
  worse: 'bg-worse-soft text-worse',
  unsure: 'bg-unsure-soft text-unsure',
  warn: 'bg-warn-soft text-warn',
  plain: 'text-ink-2',
}

/** A label whose colour carries a judgement. */
export function Badge({
  tone,
  children,
  title,
  className,
}: {
  tone: Tone
  children: ReactNode
  title?: string
  className?: string
}) {
  return (
    <span
      title={title}
      className={cx(
        'inline-block rounded-s px-1.5 text-xs leading-[18px] font-semibold whitespace-nowrap',
        TONES[tone],
        className,
      )}
    >
      {children}
    </span>
  )
}

/** Says that no real model wrote this. */
export function ScriptedBadge({ short = false }: { short?: boolean }) {
  return (
    <span
      title={t`Written by the deterministic scripted model, not by a language model. Set a provider key to use a real one.`}
      className="inline-block shrink-0 rounded-s border border-dashed border-line-strong px-1 text-[10.5px] leading-4 whitespace-nowrap text-ink-3"
    >
      {short ? t`scripted` : t`scripted model`}
    </span>
  )
}

export function Skeleton({ className }: { className: string }) {
  return <span aria-hidden className={cx('skeleton block', className)} />
}

/** Placeholder rows with the rhythm of a table. */
export function SkeletonRows({ rows = 14, label }: { rows?: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col">
      {Array.from({ length: rows }, (_, i) => (
        <div
          key={i}
          className="flex h-8 items-center gap-4 border-b border-line px-3.5"
          style={{ opacity: 1 - i / (rows + 2) }}
        >
          <Skeleton className="h-2.5 w-16" />
          <Skeleton className={cx('h-2.5', ['w-2/5', 'w-1/3', 'w-1/2', 'w-1/4'][i % 4]!)} />
          <Skeleton className="ml-auto h-2.5 w-12" />
          <Skeleton className="h-2.5 w-10 max-sm:hidden" />
        </div>
      ))}
    </div>
  )
}
