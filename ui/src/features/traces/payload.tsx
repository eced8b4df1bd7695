import { t } from '@lingui/core/macro'
import { useMemo, type ReactNode } from 'react'
import { CopyButton } from '@/components/copy'
import { Menu, MenuChoice } from '@/components/ui/menu'
import { DiffText } from '@/components/diff-text'
import { cx } from '@/lib/cx'
import { indented, toReadable, toText, unwrap, type Json } from '@/lib/json'
import { usePreference } from '@/lib/storage'
import { toYaml } from '@/lib/yaml'
import { Attachment } from './attachment'
import { asFile } from './attachments'
import { ChatView } from './chat-view'
import { asChat } from './chat'
import { JsonTree } from './json-tree'
import { LongText } from './long-text'
import { MarkdownText } from './markdown-text'

type Format = 'pretty' | 'markdown' | 'yaml' | 'json' | 'source' | 'text' | 'diff'
const FORMATS: { value: Format; label: string; hint: string }[] = [
  { value: 'pretty', label: t`Pretty`, hint: t`chat or fields` },
  { value: 'markdown', label: t`Markdown`, hint: t`no pictures` },
  { value: 'yaml', label: t`YAML`, hint: '' },
  { value: 'json', label: t`JSON`, hint: t`as stored` },
  { value: 'text', label: t`Text`, hint: t`strings unescaped` },
  { value: 'source', label: t`Source`, hint: t`HTML or code, as text` },
]
const DIFF = { value: 'diff', label: t`Difference`, hint: t`from expected` } as const
const DIFF_BESIDE = { value: 'diff', label: t`Difference`, hint: t`from the other trace` } as const

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

/** One payload field. The chosen format is remembered per field, and apart where it stands beside another one. */
export function Payload({
  name,
  title,
  value,
  against: expected,
  beside,
  extra,
}: {
  name: string
  title: string
  value: Json | undefined | object
  /** What the value should have been, where that is known. */
  against?: Json | undefined
  /** The same field of the trace it stands beside. */
  beside?: Json | undefined
  extra?: ReactNode
}) {
  const json = value as Json | undefined
  const twin = beside !== undefined && beside !== null
  const against = twin ? beside : expected
  const [chosen, setFormat] = usePreference<Format>(
    twin ? `format.beside.${name}` : `format.${name}`,
    twin ? 'diff' : 'pretty',
  )
  const comparable = against !== undefined && against !== null
  const format = known(chosen, comparable)
  const chat = useMemo(() => asChat(json), [json])
  if (json === undefined || json === null) return null
  const formats = comparable ? [...FORMATS, twin ? DIFF_BESIDE : DIFF] : FORMATS
  const named = formats.find((one) => one.value === format)?.label ?? format
  const shown = format === 'pretty' && chat ? t`chat` : named.toLowerCase()
  const tools = (
    <>
      {extra}
      <CopyButton text={() => toText(json)} label={t`Copy ${title.toLowerCase()}`} />
      <Menu
        align="end"
        trigger={
          <button
            type="button"
            className="-mr-1 rounded px-1.5 py-0.5 hover:bg-sunken hover:text-ink"
            aria-label={t`${shown}, format of ${title.toLowerCase()}`}
          >
            {shown}
          </button>
        }
      >
        <MenuChoice value={format} onChange={setFormat} options={formats} />
      </Menu>
    </>
  )
  return (
    <Field title={title} tools={tools}>
      <PayloadBody value={json} format={format} against={against} />
    </Field>
  )
}

/** The remembered format, unless there is nothing to compare with. */
function known(format: Format, comparable: boolean): Format {
  return format === 'diff' && !comparable ? 'pretty' : format
}

function Difference({ before, after }: { before: string; after: string }) {
  if (before === after) return <span className="text-ink-3">{t`No difference.`}</span>
  return <DiffText before={before} after={after} />
}

type BodyProps = { value: Json; format: Format; against: Json | undefined }

function PayloadBody({ value, format, against }: BodyProps) {
  const chat = useMemo(() => asChat(value), [value])
  const text = useMemo(() => textIn(value, format), [value, format])
  if (format === 'diff' && against !== undefined)
    return (
      <div className="p-2.5 text-s">
        <Difference before={toReadable(against)} after={toReadable(value)} />
      </div>
    )
  if (text !== null && format === 'markdown') return <MarkdownText text={text} className="p-2.5" />
  if (text !== null) return <LongText text={text} mono={format !== 'text'} />
  const file = asFile(value)
  if (file)
    return (
      <div className="px-2.5 py-1">
        <Attachment file={file} />
      </div>
    )
  if (chat) return <ChatView messages={chat} markdown={format === 'markdown'} />
  if (typeof value === 'object' && value !== null) return <JsonTree value={value} />
  return <LongText text={toText(value)} />
}

/** The text a format makes of a value; null where the value is shown by its structure. */
function textIn(value: Json, format: Format): string | null {
  if (format === 'json') return indented(value)
  if (format === 'text' || format === 'source') return toText(value)
  if (format === 'yaml') return toYaml(value)
  const only = unwrap(value)
  return format === 'markdown' && typeof only === 'string' && !asFile(only) ? only : null
}
