import { Search } from 'lucide-react'
import { cx } from '@/lib/cx'
import { TRACE_VIEWS, type TraceView } from '@/lib/search-params'
import type { TraceFinder } from './use-trace-search'

const LABELS: Record<TraceView, string> = {
  trace: 'Trace',
  timeline: 'Timeline',
  thread: 'Thread',
  raw: 'Raw',
}

type Props = { view: TraceView; onView: (view: TraceView) => void; finder: TraceFinder; onEnter: () => void }

export function TraceTabs({ view, onView, finder, onEnter }: Props) {
  return (
    <div className="flex h-9 shrink-0 items-center gap-1 border-b border-line px-2.5">
      <div role="tablist" aria-label="How to show the trace" className="flex h-full">
        {TRACE_VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={view === name}
            onClick={() => onView(name)}
            className={cx(
              'relative px-2.5 text-s',
              view === name
                ? 'font-medium text-ink after:absolute after:inset-x-2.5 after:-bottom-px after:h-[2px] after:bg-ink'
                : 'text-ink-3 hover:text-ink',
            )}
          >
            {LABELS[name]}
          </button>
        ))}
      </div>
      {view === 'raw' || view === 'thread' ? null : (
        <label className="ml-auto flex h-6.5 min-w-0 flex-1 items-center gap-1.5 rounded border border-transparent px-2 focus-within:border-line-strong hover:bg-panel sm:max-w-52">
          <Search size={13} aria-hidden className="shrink-0 text-ink-3" />
          <input
            value={finder.words}
            onChange={(event) => finder.setWords(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') onEnter()
              else if (event.key === 'Escape') {
                finder.setWords('')
                event.currentTarget.blur()
              }
            }}
            placeholder="Find in trace"
            aria-label="Find in trace"
            className="w-full min-w-0 bg-transparent text-s outline-none placeholder:text-ink-3"
          />
          {finder.matches ? (
            <span className="text-xs whitespace-nowrap text-ink-3">
              {finder.busy ? '…' : finder.matches.size}
            </span>
          ) : null}
        </label>
      )}
    </div>
  )
}
