import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { cx } from '@/lib/cx'
import { count } from '@/lib/format'
import { useProject } from '../projects/project-context'
import type { LogsFilter } from './api'
import {
  choiceOf,
  distinctionsPath,
  distinctionsQuery,
  fieldLabel,
  percent,
  timesAsCommon,
  valueLabel,
  type Distinction,
  type Distinctions,
} from './distinctions'
import { filterFor } from './facets'
import { RequestCode } from './request-code'

type Props = {
  /** What is on show: its time, and without `roots` which traces are chosen. */
  filter: LogsFilter
  /** The root spans of the chosen traces. */
  roots?: readonly string[]
  onClose: () => void
  /** The reader wants the traces with one more value. */
  onFilters: (filters: string[]) => void
}

/** What the chosen traces have more often than the others, or less often, as far as that is not chance. */
export function ExplainDialog({ filter, roots, onClose, onFilters }: Props) {
  const { project } = useProject()
  const choice = choiceOf(filter, roots)
  // What none of the chosen has is among the others only.
  const onFilter = ({ where, chosen }: Distinction): void =>
    onFilters([...(chosen ? (filter.f ?? []) : []), filterFor(where, filter.view)])
  const { data, error, isPending, refetch } = useQuery(distinctionsQuery(project.id, choice))
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`What sets these traces apart`}
      description={data ? <Against data={data} /> : t`Compared with the other traces of the same time`}
      width="max-w-2xl"
      footer={
        <>
          <RequestCode path={distinctionsPath(project.id)} body={() => choice} />
          <Button variant="primary" onClick={onClose}>{t`Close`}</Button>
        </>
      }
    >
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {isPending ? <SkeletonRows rows={6} label={t`Comparing`} /> : null}
      {data ? (
        data.distinctions.length ? (
          <Found data={data} onFilter={onFilter} />
        ) : (
          <Nothing data={data} />
        )
      ) : null}
    </Dialog>
  )
}

function Against({ data }: { data: Distinctions }) {
  const chosen = plural(data.chosen, { one: '# trace', other: '# traces' })
  return <>{t`${chosen} against the ${count(data.others)} others of the same time`}</>
}

/** There is nothing to tell, and why. */
function Nothing({ data }: { data: Distinctions }) {
  const { chosen, others, tested } = data
  return (
    <p className="max-w-prose pb-2 text-ink-2">
      {chosen === 0 ? t`No trace fulfils the filters.` : null}
      {chosen > 0 && others === 0
        ? t`Every trace of this time is chosen, so there is none to compare with. Filter, or choose a longer time.`
        : null}
      {chosen > 0 && others > 0
        ? t`Nothing that is more than chance: ${plural(tested, { one: '# value was', other: '# values were' })} compared, and none is clearly more common on one side. Few traces show large differences only.`
        : null}
    </p>
  )
}

type Onward = { onFilter: (one: Distinction) => void }

function Found({ data, onFilter }: { data: Distinctions } & Onward) {
  const left = data.left_out.map(fieldLabel).join(', ')
  return (
    <div className="space-y-2 pb-1">
      <ul aria-label={t`What is more or less common`} className="-mx-2">
        {data.distinctions.map((one) => (
          <li key={`${one.field} ${String(one.value)}`}>
            <Line one={one} onFilter={onFilter} />
          </li>
        ))}
      </ul>
      <p className="text-s text-ink-3">
        {t`${plural(data.tested, { one: '# value', other: '# values' })} compared; of those listed, 5 % are expected to be chance at most. A click shows the traces with the value.`}
        {left ? (
          <> {t`Not compared, because the filters name them or every trace has its own: ${left}.`}</>
        ) : null}
      </p>
    </div>
  )
}

/** A value, how common it is on either side as two bars, and how far apart that is. */
function Line({ one, onFilter }: { one: Distinction } & Onward) {
  const more = one.difference > 0
  const ends = one.interval.map((end) => percent(Math.abs(end)))
  const [low = '', high = ''] = more ? ends : ends.toReversed()
  const p = one.p.toPrecision(2)
  return (
    <button
      type="button"
      title={
        more
          ? t`${low} to ${high} more of these have it (95 % interval, corrected p ${p})`
          : t`${low} to ${high} fewer of these have it (95 % interval, corrected p ${p})`
      }
      onClick={() => onFilter(one)}
      className="grid w-full grid-cols-[minmax(0,1fr)_minmax(0,1fr)_5.5rem] items-center gap-x-4 rounded px-2 py-1.5 text-left hover:bg-sunken max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-y-1"
    >
      <span className="min-w-0">
        <span className="block truncate text-xs text-ink-3">{fieldLabel(one.field)}</span>
        <span className="block truncate font-medium">{valueLabel(one)}</span>
      </span>
      <span className="space-y-1 text-xs tabular-nums max-sm:order-last max-sm:col-span-2">
        <Share share={one.share} className="bg-accent">
          <Trans>
            <b className="font-medium text-ink">{percent(one.share)}</b> of these
          </Trans>
        </Share>
        <Share share={one.other_share} className="bg-line-strong">
          {t`${percent(one.other_share)} of the others`}
        </Share>
      </span>
      <span className="text-right text-s whitespace-nowrap text-ink-2 tabular-nums">
        {timesAsCommon(one)}
      </span>
    </button>
  )
}

function Share({
  share,
  className,
  children,
}: {
  share: number
  className: string
  children: React.ReactNode
}) {
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="h-1.5 flex-1 rounded-full bg-sunken">
        <span className={cx('block h-full rounded-full', className)} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="w-28 text-ink-3">{children}</span>
    </span>
  )
}
