import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { AxisSelect, Scatter, type Axis, type Dot } from './scatter'

type Chosen = { x?: string | undefined; y?: string | undefined }

type Props = {
  axes: readonly Axis[]
  /** The axes of the address; the usual ones where it names none that there is. */
  chosen: Chosen
  onChoose: (changes: { x: string } | { y: string }) => void
  dotsOf: (x: string, y: string) => Dot[]
  /** Beside the axes: how many of what is drawn. */
  note: (drawn: number) => string
  /** Behind the note. */
  children?: ReactNode
  openKey: string | null
  onOpen: (key: string) => void
  /** What to say when there are no axes. */
  empty: string
}

/** Any two numbers against each other: the choice of both, and the dots. */
export function Plot({ axes, chosen, onChoose, dotsOf, note, children, openKey, onOpen, empty }: Props) {
  const pick = (id: string | undefined, otherwise: Axis | undefined): Axis | undefined =>
    axes.find((axis) => axis.id === id) ?? otherwise
  const x = pick(chosen.x, axes.find((axis) => axis.id === 'metrics.duration') ?? axes[1] ?? axes[0])
  const y = pick(chosen.y, axes[0])
  if (!x || !y) return <p className="px-3.5 py-8 text-ink-2">{empty}</p>
  const dots = dotsOf(x.id, y.id)
  return (
    <figure aria-label={t`Plot`} className="min-h-0 flex-1 overflow-y-auto px-3.5 py-3">
      <figcaption className="mb-2 flex flex-wrap items-center gap-3">
        <AxisSelect label={t`Up`} axes={axes} value={y.id} onChange={(id) => onChoose({ y: id })} />
        <AxisSelect label={t`Across`} axes={axes} value={x.id} onChange={(id) => onChoose({ x: id })} />
        <span className="text-s text-ink-3">{note(dots.length)}</span>
        {children}
      </figcaption>
      <Scatter dots={dots} x={x} y={y} openKey={openKey} onOpen={onOpen} />
    </figure>
  )
}
