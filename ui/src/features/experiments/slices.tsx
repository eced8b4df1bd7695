import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { comparisonQuery } from '@/api/objects'
import type { Case, ComparedItem, Comparison, Slice } from '@/api/types'
import { ErrorState } from '@/components/states'
import { Badge, SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice, MenuLabel } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { term } from '@/lib/terms'
import { isObject } from '@/lib/json'
import type { Judging } from '@/lib/search-params'
import { NO_BASELINE } from './baselines'
import { basis, explain, intervalText, sidesOf, toneOf } from './verdict'

const MOST_PATHS = 40
const MOST_VALUES = 200

/** What the cases may be grouped by: tags, an input that is short and plain, and fields with such values. */
export function slicePaths(cases: readonly Case[]): string[] {
  const paths = new Set<string>()
  if (cases.some((item) => item.tags?.length)) paths.add('tags')
  if (cases.some((item) => isPlain(item.input))) paths.add('input')
  for (const item of cases)
    for (const column of ['metadata', 'input', 'expected'] as const) {
      const value = item[column]
      if (!isObject(value)) continue
      for (const [key, field] of Object.entries(value))
        if (/^[\w-]+$/.test(key) && isPlain(field)) paths.add(`${column}.${key}`)
    }
  return [...paths].slice(0, MOST_PATHS)
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    (typeof value === 'string' && value.length < 60)
  )
}

/** Chooses what the cases are grouped by. */
export function SliceMenu({
  paths,
  slice,
  onSlice,
}: {
  paths: readonly string[]
  slice: string | undefined
  onSlice: (slice: string | undefined) => void
}) {
  if (paths.length === 0 && !slice) return null
  const all = slice && !paths.includes(slice) ? [slice, ...paths] : paths
  return (
    <Menu
      trigger={
        <Button active={slice !== undefined} className="!h-6.5">
          {slice ? t`Group by ${slice}` : t`Group`}
        </Button>
      }
    >
      <MenuLabel>{t`Judge each value by itself`}</MenuLabel>
      <MenuChoice
        value={slice ?? ''}
        onChange={(next) => onSlice(next || undefined)}
        options={[
          { value: '', label: t`All cases together` },
          ...all.map((path) => ({ value: path, label: path })),
        ]}
      />
    </Menu>
  )
}

const NONE = '-'

/** A value in the address: `-` is none, and what begins with a dash gets one more. */
export function partOf(value: string | null): string {
  if (value === null) return NONE
  return value.startsWith(NONE) ? `${NONE}${value}` : value
}

export function valueOf(part: string): string | null {
  if (part === NONE) return null
  return part.startsWith(NONE) ? part.slice(1) : part
}

type SlicesProps = {
  comparison: Comparison
  judging: Judging
  slice: string
  /** The value whose cases are listed; undefined: all. */
  part: string | undefined
  onPart: (part: string | undefined) => void
  onClose: () => void
}

/** Each value of a field judged by itself; p-values are corrected over all of them. */
export function Slices({ comparison, judging, slice, part, onPart, onClose }: SlicesProps) {
  const to = sidesOf(comparison).map(({ baseline }) => baseline.id)
  const { data, error, refetch } = useQuery(
    comparisonQuery(comparison.experiment.id, to.length ? to.slice(0, 1) : [NO_BASELINE], judging, slice),
  )
  const names = [...new Set(data?.slices.flatMap((one) => one.scores.map((item) => item.name)) ?? [])]
  return (
    <section aria-label={t`Slices`} className="max-h-72 shrink-0 overflow-auto border-b border-line">
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={3} label={t`Judging the slices`} /> : null}
      {data ? (
        <table className="w-full border-collapse text-s">
          <thead className="sticky top-0 bg-panel text-left text-ink-3">
            <tr>
              <th scope="col" className="px-3.5 py-1 font-normal">
                {slice}
              </th>
              <th scope="col" className="px-2 py-1 text-right font-normal">
                {t`cases`}
              </th>
              {names.map((name) => (
                <th key={name} scope="col" className="px-2 py-1 font-normal">
                  {name}
                </th>
              ))}
              <th className="w-8 text-right" aria-label={t`Close`}>
                <Button
                  variant="ghost"
                  className="!h-6"
                  icon={<X size={14} aria-hidden />}
                  aria-label={t`Close the slices`}
                  onClick={onClose}
                />
              </th>
            </tr>
          </thead>
          <tbody>
            {data.slices.slice(0, MOST_VALUES).map((one) => (
              <SliceRow
                key={partOf(one.value)}
                slice={one}
                names={names}
                level={data.level}
                chosen={part === partOf(one.value)}
                onPart={onPart}
              />
            ))}
          </tbody>
        </table>
      ) : null}
    </section>
  )
}

type RowProps = {
  slice: Slice
  names: readonly string[]
  level: number
  chosen: boolean
  onPart: (part: string | undefined) => void
}

function SliceRow({ slice, names, level, chosen, onPart }: RowProps) {
  return (
    <tr className={cx('border-t border-line', chosen && 'bg-accent-soft')} data-slice={slice.value ?? ''}>
      <th scope="row" className="max-w-60 px-3.5 py-1 text-left font-medium">
        <button
          type="button"
          aria-pressed={chosen}
          title={chosen ? t`List all cases again` : t`List only these cases`}
          onClick={() => onPart(chosen ? undefined : partOf(slice.value))}
          className="block max-w-full truncate hover:text-accent"
        >
          {slice.value ?? <span className="text-ink-3">{t`none`}</span>}
        </button>
      </th>
      <td className="px-2 py-1 text-right tabular-nums text-ink-2">{format.count(slice.cases.total)}</td>
      {names.map((name) => (
        <td key={name} className="px-2 py-1 whitespace-nowrap tabular-nums">
          <SliceScore item={slice.scores.find((item) => item.name === name)} level={level} />
        </td>
      ))}
      <td aria-hidden />
    </tr>
  )
}

function SliceScore({ item, level }: { item: ComparedItem | undefined; level: number }) {
  if (!item || item.mean === null) return <span className="text-ink-3">–</span>
  return (
    <span
      className="flex items-center gap-2"
      title={item.verdict ? `${explain(item, level)} ${basis(item)}` : undefined}
    >
      <span className="font-medium">{format.score(item.mean)}</span>
      {item.diff === null ? null : (
        <>
          <span className="text-ink-2">{format.signed(item.diff, item.unit)}</span>
          <span className="text-xs text-ink-3">{intervalText(item)}</span>
          {item.verdict ? <Badge tone={toneOf(item.verdict)}>{term(item.verdict)}</Badge> : null}
        </>
      )}
    </span>
  )
}
