import { NumberCard, SeriesCard, TopCard, type Command } from './chart-card'
import type { Chart } from './charts'
import type { Value, Window } from './questions'
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
  const { series, before, error } = answers.of(chart)
  return (
    <SeriesCard
      chart={chart}
      commands={commands}
      series={series}
      before={before}
      error={error}
      marks={act.marks}
      onRange={act.onRange}
      onPick={(from, to) => act.onSlot(from, to)}
      onZoomOut={act.onZoomOut}
    />
  )
}
