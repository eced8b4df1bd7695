import { plural } from '@lingui/core/macro'
import { NumberCard, SeriesCard, type Command } from './chart-card'
import type { Chart } from './charts'
import type { Value, Window } from './questions'
import type { Series } from './series'
import { TopCard } from './top-card'
import type { Answers } from './use-charts'

type Props = {
  chart: Chart
  commands: Command[]
  answers: Answers
  window: Window
  onRange: (from: number, to: number) => void
  onZoomOut: () => void
  onSlot: (from: number, to: number) => void
  /** Absent where rows of a list lead nowhere. */
  onValue?: (value: Value) => void
  /** Moments to mark, in epoch milliseconds. */
  marks?: readonly number[]
  /** Absent where a number leads nowhere. */
  onOpen?: () => void
}

/** A chart of whatever kind, with its answers. */
export function AnyChart({ chart, commands, answers, window, onValue, onOpen, ...act }: Props) {
  if (chart.kind === 'top')
    return (
      <TopCard chart={chart} commands={commands} scope={answers.scope} window={window} onPick={onValue} />
    )
  if (chart.kind === 'number')
    return (
      <NumberCard
        chart={chart}
        commands={commands}
        scope={answers.scope}
        window={window}
        earlier={answers.earlier}
        onOpen={onOpen}
      />
    )
  const { series, before, error, apart } = answers.of(chart)
  const shared = { commands, error, ...act, onPick: act.onSlot, intervals: answers.scope.by !== undefined }
  if (!apart || apart.parts.length === 0)
    return <SeriesCard chart={chart} series={apart ? NOTHING : series} before={before} {...shared} />
  return (
    <>
      {apart.parts.map(({ score, ...part }) => (
        <SeriesCard
          key={score}
          chart={{ ...chart, title: `${chart.title}: ${score}` }}
          {...part}
          {...shared}
        />
      ))}
      {apart.more.length ? <More names={apart.more} /> : null}
    </>
  )
}

const NOTHING: Series = { times: [], lines: [], width: 1 }

/** The scores that have no chart of their own. */
function More({ names }: { names: readonly string[] }) {
  return (
    <p className="flex flex-col gap-1 self-start rounded-l border border-dashed border-line px-3 py-2.5 text-s text-ink-3">
      <span className="font-medium text-ink-2">
        {plural(names.length, { one: 'and # more score', other: 'and # more scores' })}
      </span>
      <span className="line-clamp-6 wrap-anywhere">{names.join(', ')}</span>
    </p>
  )
}
