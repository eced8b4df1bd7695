import { t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import { Empty } from '@/components/states'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { contextSteps, type ContextStep } from './context'
import { spanName, type SpanNode, type Trace } from './tree'

const ROW = 30
const COLUMNS =
  'grid grid-cols-[34px_minmax(90px,22%)_1fr_56px_64px_56px] items-center gap-2 px-3.5 max-sm:grid-cols-[26px_minmax(70px,26%)_1fr_48px_56px]'

type Props = { trace: Trace; selected: string; onChoose: (node: SpanNode) => void }

/** One line a model call: what it was sent, cached and new apart, and how much more that is than the call before. */
export function ContextGrowth({ trace, selected, onChoose }: Props) {
  const steps = useMemo(() => contextSteps(trace), [trace])
  const most = steps.reduce((max, step) => Math.max(max, step.prompt), 1)
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: steps.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  })
  if (steps.length === 0)
    return (
      <Empty title={t`No token counts in this trace`}>
        {t`Model calls whose spans have metrics.prompt_tokens show here how the context grows.`}
      </Empty>
    )
  const sent = steps.reduce((sum, step) => sum + step.prompt, 0)
  const cached = steps.reduce((sum, step) => sum + step.cached, 0)
  return (
    <>
      <p className="shrink-0 px-3.5 py-2 text-s text-ink-2">
        <Trans>
          <Plural value={steps.length} one="# model call" other="# model calls" /> · {format.compact(sent)}{' '}
          tokens sent, {format.compact(cached)} of them cached (
          {Math.round((cached / Math.max(1, sent)) * 100)} %) · longest context {format.compact(most)}
        </Trans>
      </p>
      <div className={cx(COLUMNS, 'h-6 shrink-0 border-b border-line text-xs text-ink-3')}>
        <span className="text-right">#</span>
        <span>{t`call`}</span>
        <span className="flex items-center gap-3">
          <Legend className="bg-llm/35" text={t`cached`} />
          <Legend className="bg-llm" text={t`new`} />
        </span>
        <span className="text-right">{t`sent`}</span>
        <span className="text-right">{t`added`}</span>
        <span className="text-right max-sm:hidden">{t`answer`}</span>
      </div>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <ol aria-label={t`Model calls`} className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const step = steps[item.index]!
            return (
              <li
                key={step.node.key}
                className="absolute inset-x-0 top-0"
                style={{ height: ROW, transform: `translateY(${item.start}px)` }}
              >
                <Line
                  step={step}
                  number={item.index + 1}
                  most={most}
                  selected={step.node.key === selected}
                  onChoose={onChoose}
                />
              </li>
            )
          })}
        </ol>
      </div>
    </>
  )
}

function Legend({ className, text }: { className: string; text: string }) {
  return (
    <span className="flex items-center gap-1">
      <span aria-hidden className={cx('size-2 rounded-[2px]', className)} /> {text}
    </span>
  )
}

type LineProps = {
  step: ContextStep
  number: number
  most: number
  selected: boolean
  onChoose: (node: SpanNode) => void
}

function Line({ step, number, most, selected, onChoose }: LineProps) {
  const { node, prompt, cached, completion, added, first } = step
  return (
    <button
      type="button"
      onClick={() => onChoose(node)}
      aria-current={selected}
      title={t`${format.count(prompt)} tokens sent, ${format.count(cached)} cached, ${format.count(completion)} answered`}
      className={cx(
        COLUMNS,
        'h-full w-full text-left text-s tabular-nums',
        selected ? 'bg-accent-soft' : 'hover:bg-panel',
      )}
    >
      <span className="text-right text-ink-3">{number}</span>
      <span className="truncate">
        {spanName(node.span)} <span className="text-ink-3">{node.span.model}</span>
      </span>
      <span aria-hidden className="flex h-2">
        <span className="rounded-l-[2px] bg-llm/35" style={{ width: `${(cached / most) * 100}%` }} />
        <span className="rounded-r-[2px] bg-llm" style={{ width: `${((prompt - cached) / most) * 100}%` }} />
      </span>
      <span className="text-right">{format.compact(prompt)}</span>
      <span className={cx('text-right', added < 0 ? 'text-better' : 'text-ink-2')}>
        {first ? t`start` : format.signed(added, 'tok')}
      </span>
      <span className="text-right text-ink-3 max-sm:hidden">{format.compact(completion)}</span>
    </button>
  )
}
