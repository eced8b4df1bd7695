import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import type { Case, CaseValue, Comparison } from '@/api/types'
import { Clamp } from '@/components/clamp'
import { DiffValue } from '@/components/diff-value'
import { LongText } from '@/components/in-steps'
import type { Column } from '@/components/table/columns'
import { Badge, Tag } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { quantity, score, signed } from '@/lib/format'
import { oneLine, readable, toText, unwrap } from '@/lib/json'
import { caseStatus, metricName, movement, splitMetrics } from './verdict'

/** `diff` shows outputs against the baseline's; `narrow` leaves out the metrics, when a trace needs the room. */
export type CaseView = { diff: boolean; narrow: boolean }

/** Columns of the cases table. */
export function caseColumns(
  comparison: Comparison,
  cases: readonly Case[],
  { diff, narrow }: CaseView,
): Column<Case>[] {
  const compared = comparison.baseline !== null
  const directions = new Map(comparison.scores.map((item) => [item.name, item.direction]))
  const { first } = splitMetrics(comparison.metrics)
  const withExpected = cases.some((item) => item.expected != null)
  return [
    {
      id: 'input',
      header: t`Input`,
      label: t`Input`,
      size: 180,
      grow: 2,
      fixed: true,
      cell: (item) => <InputCell item={item} />,
    },
    ...(comparison.cluster_key
      ? [
          {
            id: 'cluster',
            header: comparison.cluster_key,
            label: t`Cluster`,
            size: 110,
            cell: (item: Case) => <span className="break-words text-ink-2">{item.cluster ?? '–'}</span>,
          } satisfies Column<Case>,
        ]
      : []),
    ...(withExpected
      ? [
          {
            id: 'expected',
            header: t`Expected`,
            label: t`Expected`,
            size: 120,
            grow: 1.4,
            cell: ExpectedCell,
          } satisfies Column<Case>,
        ]
      : []),
    {
      id: 'output',
      header: compared && diff ? t`Output against the baseline` : t`Output`,
      label: t`Output`,
      size: 240,
      grow: 4,
      cell: (item) => <OutputCell item={item} diff={diff} />,
    },
    ...comparison.scores.map(({ name, direction }): Column<Case> => ({
      id: `scores.${name}`,
      header: name,
      label: name,
      size: 108,
      align: 'right',
      cell: (item) => (
        <>
          <ValueCell value={item.scores[name]} unit="" direction={direction} strong />
          <TrialValues item={item} name={name} />
        </>
      ),
    })),
    ...(narrow ? [] : first).map((metric): Column<Case> => ({
      id: `metrics.${metric.name}`,
      header: metricName(metric.name).replace(' per case', ''),
      label: metricName(metric.name),
      size: 84,
      align: 'right',
      cell: (item) => (
        <ValueCell value={item.metrics[metric.name]} unit={metric.unit} direction={metric.direction} />
      ),
    })),
    ...(compared
      ? [
          {
            id: 'status',
            header: '',
            label: t`Change`,
            size: 88,
            align: 'right',
            cell: (item: Case) => <StatusCell item={item} directions={directions} />,
          } satisfies Column<Case>,
        ]
      : []),
  ]
}

export function InputCell({ item }: { item: Case }) {
  return (
    <>
      <Clamp>
        <span className="break-words">{oneLine(item.input, 800)}</span>
      </Clamp>
      {item.trials > 1 || item.tags?.length ? (
        <span className="mt-1 flex flex-wrap gap-1 text-s text-ink-3">
          {item.flaky ? (
            <Badge tone="warn" title={t`Some of its trials pass and some do not`}>
              {t`flaky`}
            </Badge>
          ) : null}
          {item.trials > 1 ? (
            <Tag>
              <Trans>{item.trials} trials</Trans>
            </Tag>
          ) : null}
          {item.tags?.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </span>
      ) : null}
    </>
  )
}

export function ExpectedCell(item: Case) {
  return (
    <Clamp className="text-ink-2">
      <span className="break-words whitespace-pre-wrap">
        <LongText text={readable(unwrap(item.expected))} />
      </span>
    </Clamp>
  )
}

function OutputCell({ item, diff }: { item: Case; diff: boolean }) {
  if (item.error != null) {
    return (
      <Clamp>
        <span className="break-words whitespace-pre-wrap text-worse">
          <LongText text={toText(item.error)} />
        </span>
      </Clamp>
    )
  }
  const now = readable(unwrap(item.output))
  const then = item.baseline && item.baseline.error == null ? readable(unwrap(item.baseline.output)) : null
  return (
    <Clamp>
      {diff && then !== null && then !== now ? (
        <DiffValue before={item.baseline!.output} after={item.output} />
      ) : (
        <span className="break-words whitespace-pre-wrap">
          {now ? <LongText text={now} /> : <span className="text-ink-3">{t`empty`}</span>}
        </span>
      )}
      {diff && then === now && now ? <span className="ml-1.5 text-s text-ink-3">{t`unchanged`}</span> : null}
      {item.baseline?.error != null ? (
        <span className="block text-s text-ink-3">
          <Trans>The baseline failed: {oneLine(item.baseline.error, 160)}</Trans>
        </span>
      ) : null}
    </Clamp>
  )
}

function ValueCell({
  value,
  unit,
  direction,
  strong = false,
}: {
  value: CaseValue | undefined
  unit: string
  direction: 'higher' | 'lower'
  strong?: boolean
}) {
  if (!value || (value.value === null && value.baseline === null))
    return <span className="text-ink-3">–</span>
  const moved = movement(value, direction)
  return (
    <span className="leading-tight tabular-nums">
      <span className={cx(!strong && 'text-ink-2')}>{quantity(value.value, unit)}</span>
      {value.delta && moved ? (
        <span
          className={cx(
            'block text-xs max-sm:ml-1 max-sm:inline',
            strong
              ? moved === 'better'
                ? 'font-semibold text-better'
                : 'font-semibold text-worse'
              : 'text-ink-3',
          )}
        >
          {signed(value.delta, unit)}
        </span>
      ) : null}
    </span>
  )
}

const MOST_TRIALS = 6

/** The score of each trial, where a mean alone would hide that they differ. */
function TrialValues({ item, name }: { item: Case; name: string }) {
  const values = item.runs.map((run) => run.scores[name] ?? null)
  if (new Set(values).size < 2) return null
  const shown = values.slice(0, MOST_TRIALS).map((value) => score(value))
  return (
    <span className="block text-xs text-ink-3" title={t`The trials one by one`}>
      {shown.join(' · ')}
      {values.length > MOST_TRIALS ? ' …' : ''}
    </span>
  )
}

function StatusCell({
  item,
  directions,
}: {
  item: Case
  directions: ReadonlyMap<string, 'higher' | 'lower'>
}) {
  const { label, tone } = caseStatus(item, directions)
  return <Badge tone={tone}>{label}</Badge>
}

/** A case on a phone. */
export function CompactCase({
  item,
  comparison,
  diff,
}: {
  item: Case
  comparison: Comparison
  diff: boolean
}) {
  const directions = new Map(comparison.scores.map(({ name, direction }) => [name, direction]))
  return (
    <div className="space-y-1">
      <div className="flex items-start gap-2">
        <span className="min-w-0 flex-1 font-medium break-words">{oneLine(item.input, 300)}</span>
        {comparison.baseline ? <StatusCell item={item} directions={directions} /> : null}
      </div>
      <OutputCell item={item} diff={diff} />
      <dl className="flex flex-wrap gap-x-4 text-s">
        {comparison.scores.map(({ name, direction }) => (
          <div key={name} className="flex items-baseline gap-1.5">
            <dt className="text-ink-3">{name}</dt>
            <dd className="flex items-baseline gap-1.5">
              <ValueCell value={item.scores[name]} unit="" direction={direction} strong />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
