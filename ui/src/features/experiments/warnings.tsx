import { plural, t } from '@lingui/core/macro'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { Caveat, Comparison } from '@/api/types'
import { ScrollX } from '@/components/scroll-x'
import { sidesOf } from './verdict'

/** What makes two runs answers to different questions. */
const NOT_ALIKE = new Set([
  'dataset_differs',
  'dataset_version_differs',
  'scorer_version_differs',
  'judge_model_differs',
  'stopped_early',
  'unpaired',
])

/** Lines before the reader asks for the others. */
const FIRST = 3

/** Those about an aggregate are about the runs, whichever is compared with which. */
const ABOUT_RUNS = /^aggregate_/

/** Reasons to read the comparison with care: first what makes the runs hard to compare at all. */
export function Warnings({ comparison }: { comparison: Comparison }) {
  const [all, setAll] = useState(false)
  const sides = sidesOf(comparison)
  const warnings = sides.length
    ? sides.flatMap(({ baseline, warnings: found }) =>
        found.map((caveat) => ({
          caveat,
          against: sides.length > 1 && !ABOUT_RUNS.test(caveat.code) ? baseline.name : '',
        })),
      )
    : comparison.warnings.map((caveat) => ({ caveat, against: '' }))
  if (warnings.length === 0) return null
  const weighty = warnings.filter(({ caveat }) => NOT_ALIKE.has(caveat.code))
  const ordered = [...weighty, ...warnings.filter(({ caveat }) => !NOT_ALIKE.has(caveat.code))]
  const most = all ? ordered.length : Math.max(FIRST, weighty.length)
  return (
    <ScrollX
      label={t`What weakens this comparison`}
      className="max-h-48 shrink-0 overflow-y-auto border-b border-line bg-warn-soft px-3.5 py-1.5 text-s text-warn"
    >
      {weighty.length ? (
        <p className="flex items-center gap-2 py-0.5 font-semibold">
          <TriangleAlert size={13} aria-hidden className="shrink-0" />
          {t`These runs are not alike: part of a difference may come from`}
        </p>
      ) : null}
      <ul aria-label={t`Warnings`}>
        {ordered.slice(0, most).map(({ caveat, against }) => (
          <Warning
            key={against + caveat.code + caveat.message}
            caveat={caveat}
            against={against}
            icon={!NOT_ALIKE.has(caveat.code)}
          />
        ))}
      </ul>
      {ordered.length > Math.max(FIRST, weighty.length) ? (
        <button
          type="button"
          onClick={() => setAll(!all)}
          className="py-0.5 pl-[21px] font-medium hover:underline"
        >
          {all
            ? t`Fewer warnings`
            : plural(ordered.length - most, { one: '# more warning', other: '# more warnings' })}
        </button>
      ) : null}
    </ScrollX>
  )
}

function Warning({ caveat, against, icon }: { caveat: Caveat; against: string; icon: boolean }) {
  return (
    <li data-code={caveat.code} className="flex items-start gap-2 py-0.5">
      {icon ? (
        <TriangleAlert size={13} aria-hidden className="mt-0.5 shrink-0" />
      ) : (
        <span className="w-[13px]" />
      )}
      <span>
        {against ? <b className="font-semibold">{against}: </b> : null}
        {caveat.message}
      </span>
    </li>
  )
}
