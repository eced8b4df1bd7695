import { t } from '@lingui/core/macro'
import { ChevronDown } from 'lucide-react'
import type { Case, ComparedExperiment, Comparison, Experiment, Trial } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import type { ExperimentSearch, TraceSearch } from '@/lib/search-params'
import type { TraceRef } from '../traces/api'
import { BesideTrace } from '../traces/beside'
import { TracePanel } from '../traces/trace-panel'
import { AlignedSteps } from './aligned-steps'
import { attempts } from './case-grid'
import { sidesOf } from './verdict'

type Props = {
  experiment: Experiment
  comparison: Comparison
  /** The case the trace belongs to, when it is among the loaded ones. */
  item: Case | undefined
  search: ExperimentSearch
  update: (changes: Partial<ExperimentSearch>, replace?: boolean) => void
  onClose: () => void
}

/** Which run of a comparison: 0 is the page's experiment, 1 the main baseline. */
export function sideNumber(side: string | undefined, count: number): number {
  const number = side === undefined ? 0 : side === 'baseline' ? 1 : Number(side)
  return number < count ? number : 0
}

/** The trace of a case, switchable to another trial, to the same case in a baseline, or to both side by side. */
export function CaseTrace({ experiment, comparison, item, search, update, onClose }: Props) {
  const runs: Pick<ComparedExperiment, 'id' | 'name'>[] = [
    experiment,
    ...sidesOf(comparison).map(({ baseline }) => baseline),
  ]
  const now = sideNumber(search.side, runs.length)
  const roots = item ? attempts(item).map((attempt) => attempt?.root_span_id ?? null) : []
  const show = (side: number, root: string): void =>
    update(
      { r: root, s: undefined, side: side === 0 ? undefined : side === 1 ? 'baseline' : `${side}` },
      true,
    )
  const other = now === 0 ? 1 : 0
  const both = roots[other] ? search.both : undefined
  const see = (next: typeof both): void => update({ both: next, full: next && '1' }, true)
  const label = (
    <span className="flex items-center gap-1.5">
      {both === 'steps' && runs.length === 2 ? null : roots.filter(Boolean).length > 1 ? (
        <Runs runs={runs} roots={roots} now={now} onPick={show} />
      ) : now > 0 ? (
        <span className="text-s text-ink-3">{now === 1 ? t`baseline` : runs[now]!.name}</span>
      ) : null}
      {now === 0 && item && item.runs.length > 1 ? (
        <Trials runs={item.runs} root={search.r!} onPick={(root) => show(0, root)} />
      ) : null}
      {roots[other] ? (
        <>
          <Button
            className="!h-6 max-md:hidden"
            active={both === '1'}
            title={t`Side by side with ${runs[other]!.name}`}
            onClick={() => see(both === '1' ? undefined : '1')}
          >
            {t`Both`}
          </Button>
          <Button
            className="!h-6"
            active={both === 'steps'}
            title={t`Each step beside the same step of ${runs[other]!.name}`}
            onClick={() => see(both === 'steps' ? undefined : 'steps')}
          >
            {t`Steps`}
          </Button>
        </>
      ) : null}
    </span>
  )
  const refOf = (of: number): TraceRef => ({
    from: 'experiment',
    objectId: runs[of]!.id,
    rootSpanId: of === now ? search.r! : roots[of]!,
  })
  const traceRef = refOf(now)
  if (both === 'steps') {
    const side = (of: number): { name: string; ref: TraceRef } => ({ name: runs[of]!.name, ref: refOf(of) })
    const [here, there] = now === 0 ? [0, other] : [other, now]
    return <AlignedSteps here={side(here)} there={side(there)} label={label} onClose={() => see(undefined)} />
  }
  const panel = (
    <TracePanel
      key={`${runs[now]!.id}-${search.r}`}
      traceRef={traceRef}
      search={search}
      onSearch={(changes: TraceSearch) =>
        update(both && 'full' in changes ? { ...changes, both: undefined } : changes, true)
      }
      onClose={onClose}
      label={label}
    />
  )
  if (!both) return panel
  return (
    <div
      className="flex min-h-0 min-w-0 flex-1 divide-x divide-line"
      role="group"
      aria-label={t`Side by side`}
    >
      {panel}
      <BesideTrace
        key={`${runs[other]!.id}-${roots[other]}`}
        traceRef={refOf(other)}
        first={{ traceRef, search }}
        label={<span className="truncate text-s text-ink-3">{runs[other]!.name}</span>}
        onClose={() => see(undefined)}
      />
    </div>
  )
}

type RunsProps = {
  runs: readonly Pick<ComparedExperiment, 'name'>[]
  roots: readonly (string | null)[]
  now: number
  onPick: (side: number, root: string) => void
}

/** Which experiment's trace is on show. */
function Runs({ runs, roots, now, onPick }: RunsProps) {
  if (runs.length === 2) {
    return (
      <span
        role="group"
        aria-label={t`Which run`}
        className="flex rounded border border-line-strong p-px text-s"
      >
        {[t`this run`, 'baseline'].map((name, side) => (
          <Side key={name} active={now === side} onPick={() => onPick(side, roots[side]!)}>
            {name}
          </Side>
        ))}
      </span>
    )
  }
  return (
    <Picker
      label={runs[now]!.name}
      value={`${now}`}
      onChange={(side) => onPick(Number(side), roots[Number(side)]!)}
      options={runs.flatMap(({ name }, side) => (roots[side] ? [{ value: `${side}`, label: name }] : []))}
    />
  )
}

/** Which trial of the case is on show, and what each scored. */
function Trials({
  runs,
  root,
  onPick,
}: {
  runs: readonly Trial[]
  root: string
  onPick: (root: string) => void
}) {
  const now = runs.findIndex((run) => run.root_span_id === root)
  return (
    <Picker
      label={t`Trial ${now + 1} of ${runs.length}`}
      value={root}
      onChange={onPick}
      options={runs.map((run, i) => ({
        value: run.root_span_id,
        label: t`Trial ${i + 1}`,
        hint: trialText(run),
      }))}
    />
  )
}

/** "Variety 0.50 · Safe 1.00 · 1.24 s". */
export function trialText({ scores, duration, failed }: Trial): string {
  return [
    failed ? 'failed' : '',
    ...Object.entries(scores).map(([name, value]) => `${name} ${format.score(value)}`),
    duration === null ? '' : format.duration(duration),
  ]
    .filter(Boolean)
    .join(' · ')
}

function Picker({
  label,
  ...choice
}: {
  label: string
  value: string
  onChange: (value: string) => void
  options: { value: string; label: string; hint?: string }[]
}) {
  return (
    <Menu
      trigger={
        <Button className="!h-6 min-w-0 !shrink">
          <span className="truncate">{label}</span>
          <ChevronDown size={12} aria-hidden className="shrink-0 text-ink-3" />
        </Button>
      }
    >
      <MenuChoice {...choice} />
    </Menu>
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
