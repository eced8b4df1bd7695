import { t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import type { Case, Comparison, UnmatchedCase } from '@/api/types'
import { DiffText } from '@/components/diff-text'
import { ErrorState } from '@/components/states'
import { SkeletonRows, Tag } from '@/components/ui/bits'
import * as format from '@/lib/format'
import { oneLine, toReadable, unwrap, type Json } from '@/lib/json'
import { inputsQuery } from './api'
import { KeyChoice } from './key-choice'

const REASONS: Record<UnmatchedCase['reason'], string> = {
  no_key: t`has no comparison key`,
  changed: t`is the same dataset row with another key: it was edited`,
  no_partner: t`is not in the other run`,
}

type Inputs = ReadonlyMap<string, Json>
/** `cases` are those of the run that have no partner, as far as they were read. */
type Props = {
  comparison: Comparison
  cases: readonly Case[]
  onOpen: (item: UnmatchedCase) => void
}

/** The cases without a partner, on which side, and why. */
export function Unmatched({ comparison, cases: rows, onOpen }: Props) {
  const { experiment, baseline, unmatched, cases, comparison_key } = comparison
  const ids = (side: UnmatchedCase['side']): string[] =>
    unmatched.flatMap((item) =>
      item.side === side ? [item.row_id] : item.partner_row_id ? [item.partner_row_id] : [],
    )
  const ours = useQuery(inputsQuery(experiment.id, ids('experiment')))
  const theirs = useQuery(inputsQuery(baseline?.id ?? '', ids('baseline')))
  const failed = ours.error ?? theirs.error
  const total = cases.only_experiment + cases.only_baseline
  return (
    <section aria-label={t`Unmatched cases`} className="min-h-0 flex-1 overflow-y-auto">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3.5 py-2 text-s text-ink-2">
        <p>
          <Trans>
            Cases are paired by <code className="font-mono">{comparison_key}</code>.{' '}
            <Plural value={cases.only_experiment} one="# case" other="# cases" /> only here,{' '}
            {format.count(cases.only_baseline)} only in the baseline.
          </Trans>{' '}
          {total > unmatched.length ? t`The first ${format.count(unmatched.length)} are shown.` : null}{' '}
          {t`Do they belong together?`}
        </p>
        <KeyChoice comparison={comparison} cases={rows} />
      </div>
      {failed ? <ErrorState error={failed} /> : null}
      {!failed && (ours.isLoading || theirs.isLoading) ? (
        <SkeletonRows rows={5} label={t`Loading inputs`} />
      ) : null}
      <ul>
        {unmatched.map((item) => (
          <li key={item.side + item.row_id} data-reason={item.reason} data-side={item.side}>
            <button
              type="button"
              onClick={() => onOpen(item)}
              className="grid w-full grid-cols-[7rem_minmax(0,1fr)_minmax(0,18rem)] items-start gap-3 border-b border-line px-3.5 py-2 text-left hover:bg-panel max-sm:grid-cols-1 max-sm:gap-1"
            >
              <span>
                <Tag>{item.side === 'experiment' ? t`this run` : t`baseline`}</Tag>
              </span>
              <InputOf item={item} ours={ours.data} theirs={theirs.data} />
              <span className="text-s text-ink-3">{REASONS[item.reason]}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function InputOf({
  item,
  ours,
  theirs,
}: {
  item: UnmatchedCase
  ours: Inputs | undefined
  theirs: Inputs | undefined
}) {
  const [mine, other] = item.side === 'experiment' ? [ours, theirs] : [theirs, ours]
  const input = mine?.get(item.row_id)
  const partner = item.partner_row_id ? other?.get(item.partner_row_id) : undefined
  if (input === undefined) return <span className="text-ink-3">–</span>
  if (partner === undefined) return <span className="break-words">{oneLine(input, 400)}</span>
  const [before, after] = item.side === 'experiment' ? [partner, input] : [input, partner]
  return (
    <span className="break-words whitespace-pre-wrap">
      <DiffText before={toReadable(unwrap(before))} after={toReadable(unwrap(after))} />
    </span>
  )
}
