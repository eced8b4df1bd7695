import { t } from '@lingui/core/macro'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { memo, useEffect, useRef, type KeyboardEvent } from 'react'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { KindDot, kindColor } from './kind-dot'
import type { Scale } from './scale'
import { spanKind, spanName, type SpanNode } from './tree'
import { treeMove } from './tree-move'

const ROW = 26
const INDENT = 14
/** Deeper levels stop moving right, so that names stay readable. */
const MOST_INDENT = 14

type Props = {
  nodes: readonly SpanNode[]
  selected: string
  collapsed: ReadonlySet<string>
  matches: ReadonlySet<string> | null
  /** What the bars measure. */
  scale: Scale
  /** Give the bars the room and show an axis. */
  wide: boolean
  onChoose: (node: SpanNode) => void
  onFold: (node: SpanNode, on: boolean) => void
}

/** The spans of a trace with their place in time. Only the rows in sight exist in the page. */
export function SpanTree({ scale, nodes, selected, collapsed, matches, wide, onChoose, onFold }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
    paddingStart: 4,
    paddingEnd: 4,
  })
  useEffect(() => {
    const index = nodes.findIndex((node) => node.key === selected)
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' })
    // Follow the selection, not every change of the list.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selected])
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = nodes.findIndex((node) => node.key === selected)
    const move = at < 0 ? null : treeMove(event.key, nodes, at, collapsed)
    if (!move) return
    event.preventDefault()
    if (move.fold === undefined) onChoose(nodes[move.to]!)
    else onFold(nodes[at]!, move.fold)
  }
  const columns = wide ? 'minmax(120px, 34%) 1fr 62px' : 'minmax(140px, 1fr) minmax(60px, 26%) 62px'
  return (
    <>
      {wide ? <Axis scale={scale} columns={columns} /> : null}
      <div
        ref={scroller}
        role="tree"
        aria-label={t`Spans`}
        aria-activedescendant={rowId(selected)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
      >
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const node = nodes[item.index]!
            const id = node.key
            return (
              <TreeRow
                key={id}
                node={node}
                offset={item.start}
                scale={scale}
                columns={columns}
                selected={id === selected}
                collapsed={collapsed.has(id)}
                dimmed={matches !== null && !matches.has(node.span.span_id)}
                showModel={!wide}
                onChoose={onChoose}
                onFold={onFold}
              />
            )
          })}
        </div>
      </div>
    </>
  )
}

function rowId(key: string): string {
  return `span-${key}`
}

type RowProps = {
  node: SpanNode
  offset: number
  scale: Scale
  columns: string
  selected: boolean
  collapsed: boolean
  dimmed: boolean
  showModel: boolean
  onChoose: (node: SpanNode) => void
  onFold: (node: SpanNode, on: boolean) => void
}

const TreeRow = memo(function TreeRow({
  node,
  offset,
  scale,
  columns,
  selected,
  collapsed,
  dimmed,
  showModel,
  onChoose,
  onFold,
}: RowProps) {
  const { span, children, depth } = node
  const kind = spanKind(span)
  const scores = Object.entries(span.scores ?? {}).filter(([, value]) => value !== null)
  return (
    <div
      role="treeitem"
      id={rowId(node.key)}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={children.length ? !collapsed : undefined}
      onClick={() => onChoose(node)}
      className={cx(
        'absolute top-0 left-0 grid w-full cursor-default items-center gap-2 px-3 text-s',
        selected ? 'bg-accent-soft' : 'hover:bg-panel',
        dimmed && 'opacity-35',
      )}
      style={{ height: ROW, transform: `translateY(${offset}px)`, gridTemplateColumns: columns }}
    >
      <span
        className="flex min-w-0 items-center gap-1.5"
        style={{ paddingLeft: Math.min(depth, MOST_INDENT) * INDENT }}
      >
        {children.length ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={collapsed ? t`Expand` : t`Collapse`}
            onClick={(event) => {
              event.stopPropagation()
              onFold(node, !collapsed)
            }}
            className="-ml-0.5 flex size-4 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-sunken"
          >
            {collapsed ? <ChevronRight size={12} /> : <ChevronDown size={12} />}
          </button>
        ) : (
          <span className="w-3.5 shrink-0" />
        )}
        <KindDot kind={kind} error={span.error != null} />
        <span className={cx('truncate', span.error != null && 'text-worse')}>{spanName(span)}</span>
        {span.model && showModel ? (
          <span className="truncate text-ink-3 max-sm:hidden">{span.model}</span>
        ) : null}
        {scores.length === 1 ? (
          <span className="shrink-0 font-medium text-score">{format.score(scores[0]![1])}</span>
        ) : null}
        {collapsed ? <span className="shrink-0 text-xs text-ink-3">+{children.length}</span> : null}
      </span>
      <Bar node={node} scale={scale} kind={kind} />
      <span className="text-right text-ink-3">{scale.format(scale.size(node))}</span>
    </div>
  )
})

function Bar({ node, scale, kind }: { node: SpanNode; scale: Scale; kind: ReturnType<typeof spanKind> }) {
  const { length } = scale
  const start = scale.start(node)
  const size = scale.size(node)
  if (length <= 0 || size === 0) return <span />
  const left = Math.min(99, (start / length) * 100)
  const width = Math.max(0.6, Math.min(100 - left, ((size ?? length - start) / length) * 100))
  return (
    <span aria-hidden className="relative h-1.5">
      <span
        className={cx(
          'absolute inset-y-0 min-w-[2px] rounded-[2px] opacity-85',
          kindColor(kind),
          size === null && 'opacity-40',
        )}
        style={{ left: `${left}%`, width: `${width}%` }}
      />
    </span>
  )
}

const TICKS = [0, 0.25, 0.5, 0.75, 1]

function Axis({ scale, columns }: { scale: Scale; columns: string }) {
  return (
    <div
      aria-hidden
      className="grid h-[22px] shrink-0 items-center gap-2 border-b border-line px-3 text-[10.5px] text-ink-3"
      style={{ gridTemplateColumns: columns }}
    >
      <span />
      <span className="flex justify-between">
        {TICKS.map((tick) => (
          <span key={tick} className={tick % 0.5 ? 'max-sm:hidden' : undefined}>
            {tick === 0 ? '0' : scale.format(scale.length * tick)}
          </span>
        ))}
      </span>
      <span />
    </div>
  )
}
