import { useMemo, type ReactNode } from 'react'
import { CopyButton } from '@/components/copy'
import { Menu, MenuChoice } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import { toText, type Json } from '@/lib/json'
import { usePreference } from '@/lib/storage'
import { Attachment } from './attachment'
import { asFile } from './attachments'
import { ChatView } from './chat-view'
import { asChat } from './chat'
import { JsonTree } from './json-tree'
import { LongText } from './long-text'

type Format = 'pretty' | 'json' | 'text'
const FORMATS: { value: Format; label: string; hint: string }[] = [
  { value: 'pretty', label: 'Pretty', hint: 'chat or fields' },
  { value: 'json', label: 'JSON', hint: 'as stored' },
  { value: 'text', label: 'Text', hint: 'strings unescaped' },
]

/** A titled box. */
export function Field({
  title,
  children,
  tools,
  tone,
}: {
  title: string
  children: ReactNode
  tools?: ReactNode
  tone?: 'worse'
}) {
  return (
    <section
      aria-label={title}
      className={cx(
        'overflow-hidden rounded-l border',
        tone === 'worse' ? 'border-worse/40 bg-worse-soft/40' : 'border-line',
      )}
    >
      <header
        className={cx(
          'flex h-7 items-center gap-2 border-b px-2.5 text-xs font-medium',
          tone === 'worse' ? 'border-worse/30 text-worse' : 'border-line bg-panel text-ink-3',
        )}
      >
        <span>{title}</span>
        <span className="flex-1" />
        {tools}
      </header>
      {children}
    </section>
  )
}

/** One payload field. The chosen format is remembered per field. */
export function Payload({
  name,
  title,
  value,
  extra,
}: {
  name: string
  title: string
  value: Json | undefined | object
  extra?: ReactNode
}) {
  const json = value as Json | undefined
  const [format, setFormat] = usePreference<Format>(`format.${name}`, 'pretty')
  const chat = useMemo(() => asChat(json), [json])
  if (json === undefined || json === null) return null
  const tools = (
    <>
      {extra}
      <CopyButton text={() => toText(json)} label={`Copy ${title.toLowerCase()}`} />
      <Menu
        align="end"
        trigger={
          <button
            type="button"
            className="-mr-1 rounded px-1.5 py-0.5 hover:bg-sunken hover:text-ink"
            aria-label={`Format of ${title.toLowerCase()}`}
          >
            {format === 'pretty' && chat ? 'chat' : format}
          </button>
        }
      >
        <MenuChoice value={format} onChange={setFormat} options={FORMATS} />
      </Menu>
    </>
  )
  return (
    <Field title={title} tools={tools}>
      <PayloadBody value={json} format={format} />
    </Field>
  )
}

function PayloadBody({ value, format }: { value: Json; format: Format }) {
  const chat = useMemo(() => asChat(value), [value])
  if (format === 'json') return <LongText text={JSON.stringify(value, null, 2)} mono />
  if (format === 'text') return <LongText text={toText(value)} />
  const file = asFile(value)
  if (file)
    return (
      <div className="px-2.5 py-1">
        <Attachment file={file} />
      </div>
    )
  if (chat) return <ChatView messages={chat} />
  if (typeof value === 'object' && value !== null) return <JsonTree value={value} />
  return <LongText text={toText(value)} />
}
