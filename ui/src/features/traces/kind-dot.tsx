import { t } from '@lingui/core/macro'
import { cx } from '@/lib/cx'
import type { SpanKind } from './tree'

const COLORS: Record<SpanKind, string> = {
  llm: 'bg-llm',
  tool: 'bg-tool',
  task: 'bg-task',
  score: 'bg-score',
  eval: 'bg-eval',
  fn: 'bg-fn',
}

export function kindColor(kind: SpanKind): string {
  return COLORS[kind]
}

/** The coloured square in front of a span; a red ring when it failed. */
export function KindDot({ kind, error = false }: { kind: SpanKind; error?: boolean }) {
  return (
    <span
      title={error ? t`${kind}, with an error` : kind}
      className={cx(
        'size-2 shrink-0 rounded-[2px]',
        COLORS[kind],
        error && 'outline-2 outline-offset-1 outline-worse',
      )}
    />
  )
}
