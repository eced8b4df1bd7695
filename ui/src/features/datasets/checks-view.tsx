import { plural, t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import type { Dataset } from '@/api/types'
import { Empty, ErrorState } from '@/components/states'
import { Badge, SkeletonRows, Tag } from '@/components/ui/bits'
import { count, percent } from '@/lib/format'
import { oneLine } from '@/lib/json'
import { literal } from '@/lib/sql'
import {
  checkedRowsQuery,
  groupKeys,
  leaks,
  MOST_CHECKED,
  NEAR,
  sameInputs,
  type Checked,
  type Group,
  type Near,
} from './checks'

const FIRST = 6
const MOST_SHOWN = 200

type Props = { dataset: Dataset; version: string | undefined; onRows: (filter: string) => void }

/** What is wrong with the rows taken together: the same question twice, groups torn over splits, nothing expected. */
export function ChecksView({ dataset, version, onRows }: Props) {
  const { data, error, refetch } = useQuery(checkedRowsQuery(dataset.id, version))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows label={t`Checking the rows`} />
  const { rows, near } = data
  if (rows.length === 0)
    return (
      <Empty title={t`No rows to check`}>{t`Rows are checked against each other once there are some.`}</Empty>
    )
  return (
    <div className="min-h-0 min-w-0 flex-1 overflow-y-auto">
      {rows.length >= MOST_CHECKED ? (
        <p className="border-b border-line bg-warn-soft px-3.5 py-1.5 text-s text-warn">
          {t`The newest ${count(MOST_CHECKED)} rows were checked.`}
        </p>
      ) : null}
      <Leaks rows={rows} onRows={onRows} />
      <Same rows={rows} onRows={onRows} />
      <NearlySame found={near} onRows={onRows} />
      <Unexpected rows={rows} onRows={onRows} />
    </div>
  )
}

type CheckProps = { rows: readonly Checked[]; onRows: Props['onRows'] }

const among = (ids: readonly string[]): string => `id IN (${ids.map(literal).join(', ')})`

type SectionProps = {
  title: string
  found: number
  what: string
  fine: string
  children?: readonly ReactNode[]
  tools?: ReactNode
}

/** One check: what it looks for, and what it found. */
function Section({ title, found, what, fine, children = [], tools }: SectionProps) {
  const [all, setAll] = useState(false)
  const shown = children.slice(0, all ? MOST_SHOWN : FIRST)
  return (
    <section aria-label={title} className="border-b border-line px-3.5 py-3">
      <h2 className="flex flex-wrap items-center gap-2 font-semibold">
        {title}
        <Badge tone={found ? 'warn' : 'unsure'}>{found ? count(found) : t`none`}</Badge>
        {tools}
      </h2>
      <p className="mt-0.5 max-w-3xl text-s text-ink-3">{found ? what : fine}</p>
      {shown.length ? <ul className="mt-2 max-w-5xl divide-y divide-line">{shown}</ul> : null}
      {children.length > FIRST ? (
        <button
          type="button"
          onClick={() => setAll(!all)}
          className="mt-1 text-s font-medium text-accent hover:underline"
        >
          {all ? t`Fewer` : t`Show ${count(Math.min(children.length, MOST_SHOWN))}`}
        </button>
      ) : null}
    </section>
  )
}

function Found({ onOpen, children }: { onOpen: () => void; children: ReactNode }) {
  return (
    <li>
      <button
        type="button"
        title={t`Show these rows`}
        onClick={onOpen}
        className="flex min-h-8 w-full items-center gap-2 py-1 text-left hover:bg-panel"
      >
        {children}
      </button>
    </li>
  )
}

function Leaks({ rows, onRows }: CheckProps) {
  const keys = useMemo(() => groupKeys(rows), [rows])
  const [picked, setPicked] = useState<string>()
  const key = picked !== undefined && keys.includes(picked) ? picked : keys[0]
  const found = useMemo(() => (key === undefined ? [] : leaks(rows, key)), [rows, key])
  const split = rows.some(({ metadata }) => metadata?.split != null)
  if (!split)
    return (
      <Section
        title={t`Groups in several splits`}
        found={0}
        what=""
        fine={t`The rows have no splits yet: select some and put them into one.`}
      />
    )
  return (
    <Section
      title={t`Groups in several splits`}
      found={found.length}
      what={t`Rows that belong together stand in different splits. What is tuned on one of them is known in the other, and the score of the test split is too good.`}
      fine={
        key === undefined
          ? t`No field of the metadata has values that repeat, so there are no groups.`
          : t`All rows with the same value stand in one split.`
      }
      tools={
        keys.length ? (
          <label className="flex items-center gap-1.5 text-s font-normal text-ink-3">
            {t`grouped by`}
            <select
              value={key}
              onChange={(event) => setPicked(event.target.value)}
              className="h-7 rounded border border-line-strong bg-bg px-1.5 text-ink"
            >
              {keys.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        ) : null
      }
    >
      {found.map((group) => (
        <Found key={group.name} onOpen={() => onRows(among(group.ids))}>
          <span className="min-w-0 flex-1 truncate font-medium">{group.name}</span>
          <Splits names={group.splits} />
          <Rows group={group} />
        </Found>
      ))}
    </Section>
  )
}

function Same({ rows, onRows }: CheckProps) {
  const found = useMemo(() => sameInputs(rows), [rows])
  return (
    <Section
      title={t`The same input twice`}
      found={found.length}
      what={t`Such rows count as one case in a comparison that pairs by input. Letter case and white space are not looked at.`}
      fine={t`Every input occurs once.`}
    >
      {found.map((group) => (
        <Found key={group.ids[0]} onOpen={() => onRows(among(group.ids))}>
          <span className="min-w-0 flex-1 truncate">{group.name}</span>
          {group.apart ? <Badge tone="warn">{t`other things are expected`}</Badge> : null}
          {group.splits.length > 1 ? <Splits names={group.splits} /> : null}
          <Rows group={group} />
        </Found>
      ))}
    </Section>
  )
}

function NearlySame({ found, onRows }: { found: readonly Near[]; onRows: Props['onRows'] }) {
  return (
    <Section
      title={t`Nearly the same input`}
      found={found.length}
      what={t`At least ${percent(NEAR)} of the words of both are the same. Cases that repeat each other make intervals look narrower than they are.`}
      fine={t`No two inputs share ${percent(NEAR)} of their words or more.`}
    >
      {found.map(({ a, b, share }) => (
        <Found key={`${a.id} ${b.id}`} onOpen={() => onRows(among([a.id, b.id]))}>
          <span className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-2">
            <span className="truncate">{oneLine(a.input, 200)}</span>
            <span className="truncate">{oneLine(b.input, 200)}</span>
          </span>
          <span className="shrink-0 text-s text-ink-3 tabular-nums">{percent(share)}</span>
        </Found>
      ))}
    </Section>
  )
}

function Unexpected({ rows, onRows }: CheckProps) {
  const found = rows.filter(({ expected }) => expected == null).length
  return (
    <Section
      title={t`Nothing expected`}
      found={found}
      what={t`${plural(found, { one: '# row has', other: '# rows have' })} no expected value: scorers that compare with one have nothing to compare with.`}
      fine={t`Every row says what is expected.`}
    >
      {found
        ? [
            <Found key="all" onOpen={() => onRows('expected IS NULL')}>
              <span className="font-medium text-accent">{t`Show these rows`}</span>
            </Found>,
          ]
        : []}
    </Section>
  )
}

function Splits({ names }: { names: readonly string[] }) {
  return names.map((name) => <Tag key={name}>{name}</Tag>)
}

function Rows({ group }: { group: Group }) {
  return (
    <span className="shrink-0 text-s text-ink-3 tabular-nums">
      <Trans>
        <Plural value={group.ids.length} one="# row" other="# rows" />
      </Trans>
    </span>
  )
}
