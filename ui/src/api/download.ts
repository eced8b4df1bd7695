/** Every row of a query as a file: POST /btql with a format that streams. */
import { requestRaw } from './client'

export const FILE_FORMATS = ['csv', 'jsonl', 'parquet'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

type Handle = { createWritable: () => Promise<WritableStream<Uint8Array>> }
type Picker = (options: { suggestedName: string }) => Promise<Handle>

/**
 * Ask where to, then write rows to that file as they arrive, without holding them; a stream that breaks leaves no file.
 * Browsers that cannot write files get an ordinary download, which they collect themselves. False when the reader
 * thought better of it.
 */
export async function download(query: string, format: FileFormat, name: string): Promise<boolean> {
  const picker = (window as { showSaveFilePicker?: Picker }).showSaveFilePicker
  const body = { query, fmt: format }
  if (!picker) {
    save(await (await requestRaw('/btql', { method: 'POST', body })).blob(), name)
    return true
  }
  const handle = await picker.call(window, { suggestedName: name }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return null
    throw error
  })
  if (!handle) return false
  const response = await requestRaw('/btql', { method: 'POST', body })
  const file = await handle.createWritable()
  if (response.body) await response.body.pipeTo(file)
  else await file.close()
  return true
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
