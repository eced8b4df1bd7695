import { t } from '@lingui/core/macro'
import type { Case, Comparison } from '@/api/types'
import { Clamp } from '@/components/clamp'
import { LongText } from '@/components/in-steps'
import type { Column } from '@/components/table/columns'
import * as format from '@/lib/format'
import { readable, toText, unwrap, type Json } from '@/lib/json'
import { ExpectedCell, InputCell } from './case-columns'
import { sidesOf } from './verdict'

/** What one experiment did with a case. */
export type Attempt = {
  output: Json
  error: Json
  root_span_id: string | null
  scores: Record<string, number | null>
}

/** The attempts at a case: the experiment's own, then each baseline's; null where it has no such case. */
export function attempts(item: Case): (Attempt | null)[] {
  const values = (side: 'value' | 'baseline'): Record<string, number | null> =>
    Object.fromEntries(Object.entries(item.scores).map(([name, value]) => [name, value[side]]))
  const { output, error, root_span_id } = item
  return [
    { output, error, root_span_id, scores: values('value') },
    item.baseline && { ...item.baseline, scores: values('baseline') },
    ...item.others,
  ]
}

/** One column an experiment: what each answered, side by side. */
export function gridColumns(
  comparison: Comparison,
  cases: readonly Case[],
  onOpen: (item: Case, side: number) => void,
): Column<Case>[] {
  const names = [comparison.experiment.name, ...sidesOf(comparison).map(({ baseline }) => baseline.name)]
  return [
    {
      id: 'input',
      header: t`Input`,
      label: t`Input`,
      size: 180,
      grow: 1,
      fixed: true,
      cell: (item) => <InputCell item={item} />,
    },
    ...(cases.some((item) => item.expected != null)
      ? [
          {
            id: 'expected',
            header: t`Expected`,
            label: t`Expected`,
            size: 140,
            grow: 1,
            cell: ExpectedCell,
          } satisfies Column<Case>,
        ]
      : []),
    ...names.map((name, side): Column<Case> => ({
      id: `side.${side}`,
      header: name,
      label: name,
      size: 220,
      grow: 2,
      cell: (item) => (
        <AttemptCell attempt={attempts(item)[side] ?? null} name={name} onOpen={() => onOpen(item, side)} />
      ),
    })),
  ]
}

function AttemptCell({
  attempt,
  name,
  onOpen,
}: {
  attempt: Attempt | null
  name: string
  onOpen: () => void
}) {
  if (!attempt) return <span className="text-ink-3">{t`no such case`}</span>
  const text = readable(unwrap(attempt.output))
  const scores = Object.entries(attempt.scores).filter(([, value]) => value !== null)
  return (
    <>
      <Clamp>
        <span className="break-words whitespace-pre-wrap">
          {attempt.error == null ? (
            text ? (
              <LongText text={text} />
            ) : (
              <span className="text-ink-3">{t`empty`}</span>
            )
          ) : (
            <span className="text-worse">
              <LongText text={toText(attempt.error)} />
            </span>
          )}
        </span>
      </Clamp>
      <span className="mt-1 flex flex-wrap items-baseline gap-x-3 text-xs text-ink-3">
        {scores.map(([score, value]) => (
          <span key={score}>
            {score} <b className="font-medium text-ink-2 tabular-nums">{format.score(value)}</b>
          </span>
        ))}
        {attempt.root_span_id ? (
          <button
            type="button"
            onClick={onOpen}
            aria-label={t`Trace in ${name}`}
            className="text-accent hover:underline"
          >
            {t`trace`}
          </button>
        ) : null}
      </span>
    </>
  )
}

/** The grid on a phone: one answer under the other. */
export function CompactAttempts({ item, comparison }: { item: Case; comparison: Comparison }) {
  const names = [comparison.experiment.name, ...sidesOf(comparison).map(({ baseline }) => baseline.name)]
  return (
    <div className="space-y-2">
      <InputCell item={item} />
      {attempts(item).map((attempt, side) => (
        <div key={names[side]} className="border-l-2 border-line pl-2">
          <span className="block truncate text-xs text-ink-3">{names[side]}</span>
          {attempt ? (
            <Clamp>
              <span className="break-words whitespace-pre-wrap">
                <LongText text={readable(unwrap(attempt.output))} />
              </span>
            </Clamp>
          ) : (
            <span className="text-ink-3">{t`no such case`}</span>
          )}
        </div>
      ))}
    </div>
  )
}
