import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useMemo, useState } from 'react'
import { DiffValue } from '@/components/diff-value'
import { Spacer } from '@/components/page'
import { ScrollX } from '@/components/scroll-x'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { spanQuery, type TraceRef } from '../traces/api'
import { KindDot } from '../traces/kind-dot'
import { spanKind, spanName, type SpanNode } from '../traces/tree'
import { useTrace } from '../traces/use-trace'
import { changeOf, gistsQuery, lineUp, MOST_STEPS, type Change, type Pair } from './steps'

type Side = { name: string; ref: TraceRef }
type Props = { here: Side; there: Side; label: React.ReactNode; onClose: () => void }
type Step = Pair<SpanNode> & { key: string; change: Change }

const WORDS: Record<Change, string> = {
  same: t`same`,
  input: t`other input`,
  output: t`other output`,
  error: t`failed on one side`,
  here: t`only in this run`,
  there: t`only in the baseline`,
  unknown: '',
}

/** What a scorer gives is a score. */
const wordFor = ({ here, change }: Step): string =>
  change === 'output' && here && spanKind(here.span) === 'score' ? t`other score` : WORDS[change]

/** The step at which the traces part: not the whole, and a score only where nothing that was scored differs. */
function firstDifference(steps: readonly Step[]): Step | undefined {
  const differ = steps.filter(
    ({ change, here, there }) =>
      change !== 'same' && change !== 'unknown' && (here ?? there)?.span.is_root === false,
  )
  return differ.find(({ here, there }) => spanKind((here ?? there)!.span) !== 'score') ?? differ[0]
}

/** Two traces of one case, each step beside the same step of the other; a click shows what is different about it. */
export function AlignedSteps({ here, there, label, onClose }: Props) {
  const [ours, theirs] = [useTrace(here.ref, undefined), useTrace(there.ref, undefined)]
  const [left, right] = [useQuery(gistsQuery(here.ref)), useQuery(gistsQuery(there.ref))]
  const [onlyChanged, setOnlyChanged] = useState(false)
  const [picked, setPicked] = useState<string | null>()
  const steps = useMemo(() => {
    if (!ours.trace || !theirs.trace || !left.data || !right.data) return undefined
    const [a, b] = [left.data, right.data]
    return lineUp(ours.trace.nodes, theirs.trace.nodes).map((pair, i): Step => ({
      ...pair,
      key: `${i}`,
      change: changeOf(pair, a, b),
    }))
  }, [ours.trace, theirs.trace, left.data, right.data])
  const error = ours.error ?? theirs.error ?? left.error ?? right.error
  const first = steps && firstDifference(steps)
  const open = picked === undefined ? first?.key : picked
  const longest = Math.max(ours.trace?.nodes.length ?? 0, theirs.trace?.nodes.length ?? 0)
  return (
    <section aria-label={t`Step by step`} className="flex min-h-0 min-w-0 flex-1 flex-col bg-bg">
      <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-3.5 py-1">
        <h2 className="font-semibold">{t`Step by step`}</h2>
        {label}
        <Spacer />
        <label className="flex items-center gap-1.5 text-s text-ink-2">
          <input
            type="checkbox"
            checked={onlyChanged}
            onChange={(event) => setOnlyChanged(event.target.checked)}
            className="accent-accent"
          />
          {t`Only what differs`}
        </label>
        <Button
          variant="ghost"
          icon={<X size={15} aria-hidden />}
          aria-label={t`Close the steps`}
          onClick={onClose}
        />
      </header>
      {error ? <ErrorState error={error} retry={ours.refetch} /> : null}
      {!steps && !error ? <SkeletonRows label={t`Lining up the steps`} /> : null}
      {steps ? (
        <>
          <Summary steps={steps} first={first} cut={longest > MOST_STEPS} />
          <div className="grid grid-cols-2 border-b border-line bg-panel text-s text-ink-3">
            <span className="truncate px-3.5 py-1">{here.name}</span>
            <span className="truncate border-l border-line px-3.5 py-1">{there.name}</span>
          </div>
          <ol aria-label={t`Steps`} className="min-h-0 flex-1 overflow-y-auto">
            {steps
              .filter(({ change }) => !onlyChanged || change !== 'same')
              .map((step) => (
                <StepRow
                  key={step.key}
                  step={step}
                  open={open === step.key}
                  onToggle={() => setPicked(open === step.key ? null : step.key)}
                  refs={[here.ref, there.ref]}
                />
              ))}
          </ol>
        </>
      ) : null}
    </section>
  )
}

function Summary({ steps, first, cut }: { steps: Step[]; first: Step | undefined; cut: boolean }) {
  const count = (change: Change): number => steps.filter((step) => step.change === change).length
  const paired = steps.length - count('here') - count('there')
  const node = first?.here ?? first?.there
  return (
    <p role="note" className="border-b border-line px-3.5 py-2 text-s text-ink-2">
      {t`${plural(paired, { one: '# step lines up', other: '# steps line up' })}, ${plural(count('here'), { one: '# is only in this run', other: '# are only in this run' })}, ${plural(count('there'), { one: '# only in the baseline', other: '# only in the baseline' })}.`}{' '}
      {node && first ? (
        <Trans>
          The first difference: <b className="font-medium text-ink">{spanName(node.span)}</b>,{' '}
          {wordFor(first)}.
        </Trans>
      ) : (
        t`They took the same steps.`
      )}{' '}
      {cut ? t`Of each trace the first ${format.count(MOST_STEPS)} spans are lined up.` : ''}
    </p>
  )
}

type RowProps = { step: Step; open: boolean; onToggle: () => void; refs: [TraceRef, TraceRef] }

function StepRow({ step, open, onToggle, refs }: RowProps) {
  const { here, there, change } = step
  return (
    <li data-change={change} className="border-b border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className={cx('grid w-full grid-cols-2 text-left hover:bg-panel', open && 'bg-accent-soft')}
      >
        <StepCell node={here} other={there} word={wordFor(step)} change={change} />
        <StepCell node={there} other={here} />
      </button>
      {open ? <StepDiff step={step} refs={refs} /> : null}
    </li>
  )
}

type CellProps = { node: SpanNode | null; other: SpanNode | null; word?: string; change?: Change }

function StepCell({ node, other, word, change }: CellProps) {
  const depth = Math.min((node ?? other)?.depth ?? 0, 8)
  return (
    <span
      className={cx(
        'flex min-h-8 min-w-0 items-center gap-2 py-1 pr-3.5 pl-3.5',
        !word && 'border-l border-line',
        !node && 'bg-sunken',
      )}
    >
      {node ? (
        <>
          <span style={{ width: depth * 12 }} className="shrink-0" aria-hidden />
          <KindDot kind={spanKind(node.span)} error={node.span.error != null} />
          <span className="min-w-0 truncate">{spanName(node.span)}</span>
          <span className="shrink-0 text-xs text-ink-3 tabular-nums max-sm:hidden">{factsOf(node)}</span>
        </>
      ) : (
        <span className="sr-only">{t`no such step`}</span>
      )}
      {word && change !== 'same' ? (
        <span
          className={cx(
            'ml-auto shrink-0 text-xs',
            change === 'error' ? 'font-semibold text-worse' : 'font-medium text-warn',
          )}
        >
          {word}
        </span>
      ) : null}
    </span>
  )
}

function factsOf({ duration, span }: SpanNode): string {
  const scores = Object.entries(span.scores ?? {}).map(([, value]) => format.score(value))
  return [
    ...scores,
    duration === null ? '' : format.duration(duration),
    span.metrics?.tokens ? t`${format.compact(span.metrics.tokens)} tok` : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

/** Input and output of a step, as they changed from the baseline; or as they are where only one side took it. */
function StepDiff({ step: { here, there, change }, refs }: { step: Step; refs: [TraceRef, TraceRef] }) {
  const ours = useQuery({ ...spanQuery(refs[0], here?.span.id ?? ''), enabled: here !== null })
  const theirs = useQuery({ ...spanQuery(refs[1], there?.span.id ?? ''), enabled: there !== null })
  const error = ours.error ?? theirs.error
  if (error) return <ErrorState error={error} />
  if ((here && !ours.data) || (there && !theirs.data))
    return <SkeletonRows rows={2} label={t`Reading the step`} />
  const fields = (['input', 'output', 'error'] as const).filter(
    (field) => ours.data?.[field] != null || theirs.data?.[field] != null,
  )
  return (
    <dl className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-3 gap-y-2 border-t border-line bg-panel px-3.5 py-2.5 max-sm:grid-cols-1">
      {fields.map((field) => (
        <FieldDiff key={field} field={field} before={theirs.data?.[field]} after={ours.data?.[field]} />
      ))}
      {fields.length === 0 ? (
        <dd className="col-span-full text-s text-ink-3">{t`Nothing was logged here.`}</dd>
      ) : null}
      {change === 'same' ? null : (
        <dd className="col-span-full text-xs text-ink-3">{t`Struck through: the baseline. Underlaid: this run.`}</dd>
      )}
    </dl>
  )
}

const FIELDS = { input: t`Input`, output: t`Output`, error: t`Error` } as const

function FieldDiff({
  field,
  before,
  after,
}: {
  field: keyof typeof FIELDS
  before: React.ComponentProps<typeof DiffValue>['before']
  after: React.ComponentProps<typeof DiffValue>['after']
}) {
  return (
    <>
      <dt className="text-s text-ink-3">{FIELDS[field]}</dt>
      <dd data-field={field} className="min-w-0">
        <ScrollX label={FIELDS[field]} className="max-h-96 overflow-y-auto break-words">
          {JSON.stringify(before) === JSON.stringify(after) ? (
            <span className="text-s text-ink-3">{t`the same`}</span>
          ) : (
            <DiffValue before={before ?? undefined} after={after ?? undefined} />
          )}
        </ScrollX>
      </dd>
    </>
  )
}
