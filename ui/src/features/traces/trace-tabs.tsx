import { t } from '@lingui/core/macro'
import { Search } from 'lucide-react'
import { cx } from '@/lib/cx'
import { TIMELINE_BY, TRACE_VIEWS, type TimelineBy, type TraceView } from '@/lib/search-params'
import type { TraceFinder } from './use-trace-search'

const LABELS: Record<TraceView, string> = {
  trace: t`Trace`,
  timeline: t`Timeline`,
  thread: t`Thread`,
  graph: t`Graph`,
  context: t`Context`,
  raw: t`Raw`,
}

type Props = {
  view: TraceView
  onView: (view: TraceView) => void
  by: TimelineBy
  onBy: (by: TimelineBy) => void
  finder: TraceFinder
  onEnter: () => void
}

export function TraceTabs({ view, onView, by, onBy, finder, onEnter }: Props) {
  return (
    <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-1 border-b border-line px-2.5">
      <div
        role="tablist"
        aria-label={t`How to show the trace`}
        className="flex h-9 [scrollbar-width:none] max-w-full overflow-x-auto"
      >
        {TRACE_VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`trace-tab-${name}`}
            aria-selected={view === name}
            tabIndex={view === name ? 0 : -1}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
              if (!step) return
              event.preventDefault()
              const next = TRACE_VIEWS.at((TRACE_VIEWS.indexOf(name) + step) % TRACE_VIEWS.length)!
              onView(next)
              document.getElementById(`trace-tab-${next}`)?.focus()
            }}
            onClick={() => onView(name)}
            className={cx(
              'relative shrink-0 px-2 text-s',
              view === name
                ? 'font-medium text-ink after:absolute after:inset-x-2.5 after:bottom-0 after:h-[2px] after:bg-ink'
                : 'text-ink-3 hover:text-ink',
            )}
          >
            {LABELS[name]}
          </button>
        ))}
      </div>
      {view === 'trace' || view === 'timeline' ? (
        <>
          {view === 'timeline' ? <TimelineChoice by={by} onBy={onBy} /> : null}
          <label className="ml-auto flex h-6.5 min-w-32 flex-1 items-center gap-1.5 rounded border border-transparent px-2 focus-within:border-line-strong hover:bg-panel sm:max-w-52">
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
              placeholder={t`Find in trace`}
              aria-label={t`Find in trace`}
              className="w-full min-w-0 bg-transparent text-s outline-none placeholder:text-ink-3"
            />
            {finder.matches ? (
              <span className="text-xs whitespace-nowrap text-ink-3">
                {finder.busy ? '…' : finder.matches.size}
              </span>
            ) : null}
          </label>
        </>
      ) : null}
    </div>
  )
}

/** What the bars measure. */
function TimelineChoice({ by, onBy }: { by: TimelineBy; onBy: (by: TimelineBy) => void }) {
  return (
    <div role="group" aria-label={t`Timeline by`} className="ml-2 flex gap-px rounded bg-sunken p-0.5">
      {TIMELINE_BY.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={by === name}
          onClick={() => onBy(name)}
          className={cx(
            'rounded-s px-1.5 text-xs leading-5',
            by === name ? 'bg-bg font-medium text-ink' : 'text-ink-3 hover:text-ink',
          )}
        >
          {name}
        </button>
      ))}
    </div>
  )
}
