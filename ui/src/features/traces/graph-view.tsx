import { plural, t } from '@lingui/core/macro'
import { useMemo } from 'react'
import { Empty } from '@/components/states'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { buildGraph, type GraphEdge, type GraphNode } from './graph'
import type { SpanKind, SpanNode, Trace } from './tree'

const WIDTH = 176
const HEIGHT = 44
const GAP_X = 72
const GAP_Y = 14
const MARGIN = 16
/** Characters of a name that fit its box. */
const FITS = 24

const FILL: Record<SpanKind, string> = {
  llm: 'fill-llm',
  tool: 'fill-tool',
  task: 'fill-task',
  score: 'fill-score',
  eval: 'fill-eval',
  fn: 'fill-fn',
}

/** Who called whom, left to right; a box opens its slowest span. */
export function AgentGraph({ trace, onChoose }: { trace: Trace; onChoose: (node: SpanNode) => void }) {
  const graph = useMemo(() => buildGraph(trace), [trace])
  if (graph.nodes.length === 0)
    return <Empty title={t`Nothing to draw`}>{t`This trace has only spans of scorers.`}</Empty>
  const width = MARGIN * 2 + graph.columns * WIDTH + (graph.columns - 1) * GAP_X
  const height = MARGIN * 2 + graph.rows * (HEIGHT + GAP_Y)
  return (
    // Scrolled by keyboard, too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="region" aria-label={t`Agent graph`}>
      <svg
        width={width}
        height={height}
        className="block text-s"
        aria-label={t`Calls between spans`}
        role="group"
      >
        {graph.edges.map((edge) => (
          <Edge key={`${edge.from.id}-${edge.to.id}`} edge={edge} />
        ))}
        {graph.nodes.map((node) => (
          <Box key={node.id} node={node} onChoose={onChoose} />
        ))}
      </svg>
    </div>
  )
}

const left = (node: GraphNode): number => MARGIN + node.column * (WIDTH + GAP_X)
const top = (node: GraphNode): number => MARGIN + node.row * (HEIGHT + GAP_Y)

function Edge({ edge: { from, to, count } }: { edge: GraphEdge }) {
  const [x1, y1, x2, y2] = [left(from) + WIDTH, top(from) + HEIGHT / 2, left(to), top(to) + HEIGHT / 2]
  const bend = GAP_X / 2
  return (
    <g aria-hidden>
      <path
        d={`M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`}
        className="fill-none stroke-line-strong"
        strokeWidth={1 + Math.min(4, Math.log10(count + 1) * 1.5)}
      />
      <text
        x={x2 - 6}
        y={y2 - 5}
        textAnchor="end"
        className="fill-ink-3 stroke-bg stroke-4 text-[10.5px] [paint-order:stroke]"
      >
        {format.count(count)}×
      </text>
    </g>
  )
}

function Box({ node, onChoose }: { node: GraphNode; onChoose: (node: SpanNode) => void }) {
  const circle = node.members.length > 1
  const facts = [`${format.count(node.count)}×`, format.duration(node.seconds)]
  if (node.inner) facts.push(`${circle ? 'circle' : 'itself'} ${format.count(node.inner)}×`)
  const names = node.members.join(', ')
  const label = circle ? `${fitting(node.label)} +${node.members.length - 1}` : fitting(node.label)
  const errors = node.errors ? plural(node.errors, { one: '# error', other: '# errors' }) : ''
  const open = (): void => onChoose(node.slowest)
  return (
    <g
      role="button"
      tabIndex={0}
      transform={`translate(${left(node)},${top(node)})`}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        open()
      }}
      className="group"
    >
      <title>{t`${names}\n${[...facts, ...(errors ? [errors] : [])].join(' · ')}\nOpens the slowest span`}</title>
      <rect
        width={WIDTH}
        height={HEIGHT}
        rx={6}
        className={cx(
          'fill-bg group-hover:fill-panel',
          node.errors ? 'stroke-worse' : 'stroke-line-strong',
          circle && '[stroke-dasharray:4_3]',
        )}
      />
      <rect x={9} y={11} width={8} height={8} rx={2} className={FILL[node.kind]} />
      <text x={23} y={19} className="fill-ink text-[12px] font-medium">
        {label}
      </text>
      <text x={23} y={35} className="fill-ink-3 text-[11px] tabular-nums">
        {facts.join(' · ')}
        {errors ? <tspan className="fill-worse">{` · ${errors}`}</tspan> : null}
      </text>
    </g>
  )
}

function fitting(name: string): string {
  return name.length > FITS ? `${name.slice(0, FITS - 1)}…` : name
}
