import type { Case, Comparison, Experiment } from '@/api/types'
import { cx } from '@/lib/cx'
import type { ExperimentSearch, TraceSearch } from '@/lib/search-params'
import { TracePanel } from '../traces/trace-panel'

type Props = {
  experiment: Experiment
  comparison: Comparison
  /** The case the trace belongs to, when it is among the loaded ones. */
  item: Case | undefined
  search: ExperimentSearch
  update: (changes: Partial<ExperimentSearch>, replace?: boolean) => void
  onClose: () => void
}

/** The trace of a case, switchable to the trace of the same case in the baseline. */
export function CaseTrace({ experiment, comparison, item, search, update, onClose }: Props) {
  const onBaseline = search.side === 'baseline' && comparison.baseline !== null
  const objectId = onBaseline ? comparison.baseline!.id : experiment.id
  const other = item?.baseline?.root_span_id
  const label =
    item?.root_span_id && other && comparison.baseline ? (
      <span
        role="group"
        aria-label="Which run"
        className="flex rounded border border-line-strong p-px text-s"
      >
        <Side
          active={!onBaseline}
          onPick={() => update({ r: item.root_span_id!, s: undefined, side: undefined }, true)}
        >
          this run
        </Side>
        <Side active={onBaseline} onPick={() => update({ r: other, s: undefined, side: 'baseline' }, true)}>
          baseline
        </Side>
      </span>
    ) : onBaseline ? (
      <span className="text-s text-ink-3">baseline</span>
    ) : null
  return (
    <TracePanel
      key={`${objectId}-${search.r}`}
      traceRef={{ from: 'experiment', objectId, rootSpanId: search.r! }}
      search={search}
      onSearch={(changes: TraceSearch) => update(changes, true)}
      onClose={onClose}
      label={label}
    />
  )
}

function Side({ active, onPick, children }: { active: boolean; onPick: () => void; children: string }) {
  return (
    <button
      type="button"
      aria-pressed={active}
      onClick={onPick}
      className={cx(
        'rounded-s px-1.5 whitespace-nowrap',
        active ? 'bg-sunken font-medium text-ink' : 'text-ink-3 hover:text-ink',
      )}
    >
      {children}
    </button>
  )
}
