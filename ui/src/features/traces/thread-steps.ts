/** Turn the model, tool and score spans of a trace into the steps of one conversation. */
import type { Row } from '@/api/types'
import { asChat, newMessages, type ChatMessage } from './chat'
import type { SpanNode, Trace } from './tree'

export type ThreadStep = {
  span: Row
  node: SpanNode | undefined
  /** What this model call added; null for tools and scores. */
  messages: ChatMessage[] | null
}

/** Steps in tree order. A model call shows only messages its conversation has not shown yet. */
export function buildThread(rows: readonly Row[], trace: Trace): ThreadStep[] {
  const order = new Map(trace.nodes.map((node, i) => [node.span.id, i]))
  const steps: ThreadStep[] = []
  let shown: ChatMessage[] = []
  let toolsShown = false
  for (const span of rows.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))) {
    const node = trace.byKey.get(span.span_id)
    const type = span.span_attributes?.type
    if (type === 'llm') {
      const sent = asChat(span.input) ?? []
      const answer = asChat(span.output) ?? []
      if (sent.length + answer.length === 0) continue
      const added = newMessages(shown, sent)
      // The tool spans in between already show what the tools answered.
      const messages = [
        ...(toolsShown ? added.filter((message) => message.role !== 'tool') : added),
        ...answer,
      ]
      toolsShown = false
      shown = [...sent, ...answer]
      steps.push({ span, node, messages })
    } else if (type === 'tool' || type === 'score') {
      toolsShown ||= type === 'tool'
      steps.push({ span, node, messages: null })
    }
  }
  return steps.some((step) => step.messages) ? steps : []
}
