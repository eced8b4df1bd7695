import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import type { Comparison, Experiment } from '@/api/types'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import { cx } from '@/lib/cx'
import { sidesOf } from './verdict'

/** Experiments one page compares with, beside its own: eight in all. */
export const MOST_BASELINES = 7
/** As a baseline: none at all. */
export const NO_BASELINE = 'none'
const MOST_SHOWN = 100

type Props = {
  experiment: Experiment
  experiments: readonly Experiment[]
  /** What the address names; without it, what the server has chosen counts. */
  named: readonly string[] | undefined
  comparison: Comparison | undefined
  onChange: (names: string[]) => void
}

/** Chooses what an experiment is compared with: one baseline, or several at once. */
export function Baselines({ experiment, experiments, named, comparison, onChange }: Props) {
  const [words, setWords] = useState('')
  const judged = comparison ? sidesOf(comparison).map(({ baseline }) => baseline.name) : []
  const chosen = (named ?? judged).filter((name) => experiments.some((item) => item.name === name))
  const unknown = !named && !comparison
  const others = experiments.filter(
    (item) =>
      item.id !== experiment.id &&
      item.name.toLowerCase().includes(words.toLowerCase()) &&
      (!item.archived || words !== '' || chosen.includes(item.name)),
  )
  const toggle = (name: string): void =>
    onChange(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])
  return (
    <Popover
      title={t`Compare with`}
      className="!p-1.5"
      trigger={
        <Button
          className={cx(
            '!h-6.5 max-w-80 !rounded-full',
            chosen.length > 1 ? 'min-w-52 shrink-0' : 'min-w-0 !shrink',
          )}
        >
          <span className={cx('shrink-0 text-ink-3 max-sm:sr-only', chosen.length > 1 && 'sr-only')}>
            {t`baseline`}
          </span>
          <span className="min-w-16 truncate font-medium">{chosen[0] ?? t`none`}</span>
          {chosen.length > 1 ? (
            <span className="shrink-0 text-ink-3">
              <Trans>and {chosen.length - 1} more</Trans>
            </span>
          ) : null}
          <ChevronDown size={13} aria-hidden className="shrink-0 text-ink-3" />
        </Button>
      }
    >
      {experiments.length < 2 ? (
        <p className="px-2 py-1.5 text-s text-ink-2">{t`There is no other experiment yet.`}</p>
      ) : (
        <>
          <input
            type="search"
            aria-label={t`Find an experiment`}
            placeholder={t`Find an experiment`}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            className="field mb-1 h-7 w-full px-2"
          />
          <div role="group" aria-label={t`Compare with`} className="max-h-72 overflow-y-auto">
            {others.slice(0, MOST_SHOWN).map((item) => (
              <label
                key={item.id}
                className="flex min-h-7 items-center gap-2 rounded px-2 py-1 hover:bg-sunken"
              >
                <input
                  type="checkbox"
                  checked={chosen.includes(item.name)}
                  disabled={unknown || (!chosen.includes(item.name) && chosen.length >= MOST_BASELINES)}
                  onChange={() => toggle(item.name)}
                  className="accent-accent"
                />
                <span className="min-w-0 flex-1 truncate">{item.name}</span>
                {item.archived ? <span className="text-xs text-ink-3">{t`archived`}</span> : null}
                {chosen[0] === item.name ? <span className="text-xs text-ink-3">{t`main`}</span> : null}
                {chosen.includes(item.name) && chosen[0] !== item.name ? (
                  <button
                    type="button"
                    onClick={(event) => {
                      event.preventDefault()
                      onChange([item.name, ...chosen.filter((one) => one !== item.name)])
                    }}
                    className="text-xs text-accent hover:underline"
                  >
                    {t`make main`}
                  </button>
                ) : null}
                <span className="text-xs text-ink-3">
                  <Time iso={item.created} />
                </span>
              </label>
            ))}
            {others.length === 0 ? (
              <p className="px-2 py-1 text-s text-ink-2">{t`None is called so.`}</p>
            ) : null}
          </div>
          <p className="px-2 pt-1 text-xs text-ink-3">
            <Trans>Up to {MOST_BASELINES}. Counters, filters and slices are against the main one.</Trans>
          </p>
        </>
      )}
    </Popover>
  )
}
