import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Repeat2 } from 'lucide-react'
import { useMemo } from 'react'
import * as format from '@/lib/format'
import { repeatsQuery, type TraceRef } from './api'
import { findLoops, mayRepeat, type Repeat } from './repeats'
import type { Trace } from './tree'

const SHOWN = 4

type Props = { traceRef: TraceRef; trace: Trace; selected: string; onChoose: (key: string) => void }

/** Says when an agent called a tool again with the same arguments; a click goes from call to call. */
export function RepeatsStrip({ traceRef, trace, selected, onChoose }: Props) {
  const possible = useMemo(() => mayRepeat(trace), [trace])
  const { data } = useQuery({ ...repeatsQuery(traceRef), enabled: possible })
  const repeats = useMemo(() => data?.map((repeat) => inOrder(repeat, trace)), [data, trace])
  const loops = useMemo(() => (repeats?.length ? findLoops(trace, repeats) : []), [trace, repeats])
  if (!repeats?.length) return null
  const next = (repeat: Repeat): void => {
    const at = repeat.spans.indexOf(selected)
    onChoose(repeat.spans[(at + 1) % repeat.spans.length]!)
  }
  const chip =
    'flex max-w-full items-center gap-1 truncate rounded-s bg-warn-soft px-1.5 text-s text-warn hover:brightness-95'
  return (
    <div
      role="group"
      aria-label={t`Repeated calls`}
      className="flex max-h-16 shrink-0 flex-wrap items-center gap-1.5 overflow-hidden border-b border-line px-3.5 py-1.5"
    >
      <Repeat2 size={14} aria-hidden className="text-warn" />
      <span className="text-s text-ink-3">{t`Same arguments:`}</span>
      {loops.slice(0, 2).map((loop) => (
        <button key={loop.first} type="button" className={chip} onClick={() => onChoose(loop.first)}>
          <Trans>
            loop: <bdi>{new Set(loop.names).size === 1 ? loop.names[0] : loop.names.join(' → ')}</bdi>,{' '}
            {loop.times} times in a row
          </Trans>
        </button>
      ))}
      {repeats.slice(0, SHOWN).map((repeat) => (
        <button
          key={repeat.spans[0]}
          type="button"
          title={`${repeat.name}(${repeat.input})`}
          className={chip}
          onClick={() => next(repeat)}
        >
          <bdi>{repeat.name}</bdi> × {format.count(repeat.spans.length)}
        </button>
      ))}
      {repeats.length > SHOWN ? (
        <span className="text-s text-ink-3">{t`and ${plural(repeats.length - SHOWN, { one: '# more call', other: '# more calls' })}`}</span>
      ) : null}
    </div>
  )
}

function inOrder(repeat: Repeat, trace: Trace): Repeat {
  const start = (id: string): number => trace.byKey.get(id)?.start ?? 0
  return { ...repeat, spans: repeat.spans.toSorted((a, b) => start(a) - start(b)) }
}
