/** Server-sent events of a project: which traces became readable. */

export type LiveState = 'connecting' | 'on' | 'lost'
export type SpansWritten = { object_type: string; object_id: string; root_span_ids: string[]; count: number }

type Handlers = { onSpans: (message: SpansWritten) => void; onState?: (state: LiveState) => void }

/** Listen until the returned function is called. The browser reconnects by itself; `lost` means it is trying. */
export function listen(projectId: string, { onSpans, onState }: Handlers): () => void {
  onState?.('connecting')
  const source = new EventSource(`/api/projects/${encodeURIComponent(projectId)}/live`)
  source.addEventListener('open', () => onState?.('on'))
  source.addEventListener('error', () => onState?.('lost'))
  source.addEventListener('spans', (event: MessageEvent<string>) => {
    const message = read(event.data)
    if (message) onSpans(message)
  })
  return () => source.close()
}

function read(data: string): SpansWritten | null {
  try {
    const message = JSON.parse(data) as Partial<SpansWritten>
    return typeof message.object_type === 'string' && typeof message.object_id === 'string'
      ? ({ root_span_ids: [], count: 0, ...message } as SpansWritten)
      : null
  } catch {
    return null
  }
}
