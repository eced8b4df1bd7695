/** Every row of a query as a file: POST /btql with a format that streams. */
import { t } from '@lingui/core/macro'
import { notify, notifyError } from '@/components/ui/toast'
import { saveAs } from '@/lib/save'
import { requestRaw } from './client'

export type Format = 'csv' | 'jsonl' | 'parquet'
export const FORMATS: readonly { fmt: Format; label: string }[] = [
  { fmt: 'csv', label: t`CSV` },
  { fmt: 'jsonl', label: t`JSONL` },
  { fmt: 'parquet', label: t`Parquet` },
]
export type Source = { query: string; version?: string | undefined }

type Handle = { createWritable: () => Promise<WritableStream<Uint8Array>> }
type Picker = (options: { suggestedName: string }) => Promise<Handle>

/**
 * Ask where to, then write rows to that file as they arrive, without holding them; a stream that breaks leaves no file.
 * Browsers that cannot write files get an ordinary download, which they collect themselves. False when the reader
 * thought better of it.
 */
async function download({ query, version }: Source, fmt: Format, name: string): Promise<boolean> {
  const picker = (window as { showSaveFilePicker?: Picker }).showSaveFilePicker
  const body = { query, fmt, ...(version ? { version } : {}) }
  if (!picker) {
    saveAs(await (await requestRaw('/btql', { method: 'POST', body })).blob(), name)
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

/** Save the rows of a query, at a version or now, in a file of that name; says how it went. */
export async function downloadQuery(source: Source, fmt: Format, name: string): Promise<void> {
  const file = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.${fmt}`
  try {
    if (await download(source, fmt, file)) notify(t`${file} is saved`)
  } catch (error) {
    notifyError(t`The download failed; there is no file`, error)
  }
}
