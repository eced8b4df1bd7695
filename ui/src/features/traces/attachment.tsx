import { Suspense } from 'react'
import { loadLater } from '@/lib/load-later'
import type { FileRef } from './attachments'

const AttachmentView = loadLater(async () => (await import('./attachment-view')).AttachmentView)

/** A file of a payload; what shows files is fetched with the first one. */
export function Attachment({ file }: { file: FileRef }) {
  return (
    <Suspense fallback={<span className="text-ink-3">{file.filename}</span>}>
      <AttachmentView file={file} />
    </Suspense>
  )
}
