/** Every row of a query as a file. */
import { notifyError } from '@/components/ui/toast'
import { requestRaw } from './client'

export type Format = 'csv' | 'jsonl' | 'parquet'
export const FORMATS: readonly { fmt: Format; label: string }[] = [
  { fmt: 'csv', label: 'CSV' },
  { fmt: 'jsonl', label: 'JSONL' },
  { fmt: 'parquet', label: 'Parquet' },
]

/** Run a query, at a version or now, and hand its rows to the browser as a file; says so when that fails. */
export async function downloadQuery(
  { query, version }: { query: string; version?: string | undefined },
  fmt: Format,
  name: string,
): Promise<void> {
  try {
    const body = { query, fmt, ...(version ? { version } : {}) }
    const response = await requestRaw('/btql', { method: 'POST', body })
    save(await response.blob(), `${name}.${fmt}`)
  } catch (error) {
    notifyError('The download failed', error)
  }
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
