import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Download, ExternalLink, FileWarning, Paperclip } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { ApiError, requestRaw } from '@/api/client'
import { CopyButton } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/bits'
import { notifyError } from '@/components/ui/toast'
import { attachmentQuery } from './api'
import { bytesOf, ownPath, sizeOf, viewOf, type FileRef } from './attachments'
import { compact } from '@/lib/format'
import { LongText } from './long-text'

/** A file of a payload. Only files of this server and of the payload itself are read; the rest is named. */
export function AttachmentView({ file }: { file: FileRef }) {
  if (file.kind === 'external') return <External file={file} />
  return file.kind === 'inline' ? <Inline file={file} /> : <Stored file={file} />
}

type Of<K extends FileRef['kind']> = Extract<FileRef, { kind: K }>

function External({ file }: { file: Of<'external'> }) {
  return (
    <Frame file={file} note={t`stored elsewhere, not fetched`} icon={<ExternalLink size={12} aria-hidden />}>
      <p className="flex items-center gap-1 px-2 py-1 font-mono text-[11.5px] break-all text-ink-2">
        {file.url.slice(0, 500)}
        <CopyButton text={file.url} label={t`Copy address`} className="shrink-0" />
      </p>
    </Frame>
  )
}

function Inline({ file }: { file: Of<'inline'> }) {
  const save = (): void => {
    const bytes = bytesOf(file.uri)
    if (bytes) saveBytes(bytes, file.filename)
    else notifyError(t`This file cannot be read`, new Error('It is not valid base64.'))
  }
  return (
    <Frame file={file} note={t`${compact(sizeOf(file.uri))}B in the payload`} onSave={save}>
      <Shown file={file} source={file.uri} read={async () => bytesOf(file.uri)} />
    </Frame>
  )
}

function Stored({ file }: { file: Of<'stored'> }) {
  const { data, error } = useQuery(attachmentQuery(file.key))
  const source = data && ownPath(data.downloadUrl)
  const state = data?.status.upload_status
  const read = async (): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await (await requestRaw(source!)).arrayBuffer())
  const save = (): void =>
    void read()
      .then((bytes) => saveBytes(bytes, file.filename))
      .catch((problem: unknown) => notifyError(t`The file was not read`, problem))
  if (error) {
    const gone = error instanceof ApiError && error.status === 404
    return (
      <Frame file={file}>
        <Problem>{gone ? t`This file is missing: its upload was never begun.` : error.message}</Problem>
      </Frame>
    )
  }
  if (!data) {
    return (
      <Frame file={file}>
        <span role="status" aria-label={t`Loading the file`} className="block p-2">
          <Skeleton className="h-10 w-40" />
        </span>
      </Frame>
    )
  }
  if (state === 'uploading')
    return (
      <Frame file={file} note={t`uploading`}>
        <p role="status" className="px-2 py-1 text-s text-ink-3">
          {t`The bytes have not arrived yet. This looks again every few seconds.`}
        </p>
      </Frame>
    )
  if (state !== 'done' || !source)
    return (
      <Frame file={file}>
        <Problem>
          {data.status.error_message
            ? t`The upload failed: ${data.status.error_message}`
            : t`The upload failed, and no reason was given`}
        </Problem>
      </Frame>
    )
  return (
    <Frame file={file} onSave={save}>
      <Shown file={file} source={source} read={read} />
    </Frame>
  )
}

type ShownProps = { file: FileRef; source: string; read: () => Promise<Uint8Array<ArrayBuffer> | null> }

/** The file as what its type allows. The element asks for nothing but `source`. */
function Shown({ file, source, read }: ShownProps) {
  const [broken, setBroken] = useState(false)
  const view = viewOf(file.contentType)
  if (broken)
    return (
      <Problem>
        <Trans>The browser cannot show this {view}. It can still be saved.</Trans>
      </Problem>
    )
  const common = { src: source, onError: () => setBroken(true) }
  if (view === 'image')
    return (
      <img
        {...common}
        alt={file.filename}
        loading="lazy"
        className="max-h-80 max-w-full object-contain p-2"
        referrerPolicy="no-referrer"
      />
    )
  // What was recorded carries no captions.
  if (view === 'audio')
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    return <audio {...common} controls preload="metadata" className="w-80 max-w-full p-2" />
  if (view === 'video')
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    return <video {...common} controls preload="metadata" className="max-h-80 max-w-full p-2" />
  if (view === 'pdf' || view === 'text') return <OnDemand view={view} name={file.filename} read={read} />
  return null
}

type OnDemandProps = { view: 'pdf' | 'text'; name: string; read: ShownProps['read'] }

/** What is read only when somebody wants to see it. */
function OnDemand({ view, name, read }: OnDemandProps) {
  const [bytes, setBytes] = useState<Uint8Array<ArrayBuffer> | null>(null)
  const open = (): void =>
    void read()
      .then((found) => {
        if (!found) throw new Error('It is not valid base64.')
        setBytes(found)
      })
      .catch((problem: unknown) => notifyError(t`The file was not read`, problem))
  if (!bytes)
    return (
      <div className="p-2">
        <Button onClick={open}>{view === 'pdf' ? t`Show PDF` : t`Show text`}</Button>
      </div>
    )
  if (view === 'pdf') return <Pdf bytes={bytes} name={name} />
  return <LongText text={new TextDecoder().decode(bytes)} mono />
}

/** The browser's own viewer, given nothing but bytes that begin like a PDF, as type PDF: it can be no page of ours. */
function Pdf({ bytes, name }: { bytes: Uint8Array<ArrayBuffer>; name: string }) {
  const frame = useRef<HTMLIFrameElement>(null)
  const isPdf = new TextDecoder('latin1').decode(bytes.subarray(0, 1024)).includes('%PDF-')
  useEffect(() => {
    if (!frame.current) return undefined
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }))
    frame.current.src = url
    return () => URL.revokeObjectURL(url)
  }, [bytes])
  if (!isPdf) return <Problem>{t`These bytes are no PDF. They can still be saved.`}</Problem>
  // Browsers show no PDF in a sandboxed frame.
  // oxlint-disable-next-line react/iframe-missing-sandbox
  return <iframe ref={frame} title={name} className="h-[28rem] w-[40rem] max-w-full border-0 bg-sunken" />
}

function Problem({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="flex items-center gap-1.5 px-2 py-1 text-s text-worse">
      <FileWarning size={13} aria-hidden className="shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  )
}

type FrameProps = {
  file: FileRef
  note?: string
  icon?: ReactNode
  onSave?: () => void
  children?: ReactNode
}

function Frame({ file, note, icon, onSave, children }: FrameProps) {
  return (
    <figure
      aria-label={t`File ${file.filename}`}
      className="my-1 w-fit max-w-full overflow-hidden rounded border border-line bg-panel font-sans"
    >
      <figcaption className="flex min-h-7 items-center gap-1.5 px-2 text-s">
        <span className="text-ink-3">{icon ?? <Paperclip size={12} aria-hidden />}</span>
        <bdi className="truncate font-medium">{file.filename}</bdi>
        <span className="truncate text-xs text-ink-3">
          {[file.contentType, note].filter(Boolean).join(' · ')}
        </span>
        {onSave ? (
          <button
            type="button"
            onClick={onSave}
            aria-label={t`Save ${file.filename}`}
            title={t`Save`}
            className="ml-auto inline-flex size-6 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-sunken hover:text-ink"
          >
            <Download size={13} />
          </button>
        ) : null}
      </figcaption>
      {children}
    </figure>
  )
}

/** Hand bytes to the browser's downloads, never as something it would open as a page. */
function saveBytes(bytes: Uint8Array<ArrayBuffer>, filename: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
