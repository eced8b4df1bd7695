import { t } from '@lingui/core/macro'
import { ScrollX } from '@/components/scroll-x'
import { cx } from '@/lib/cx'
import { isObject, parseJson } from '@/lib/json'
import { Attachment } from './attachment'
import { callText, type ChatMessage, type ToolCall } from './chat'
import { JsonTree } from './json-tree'
import { LongText } from './long-text'
import { MarkdownText } from './markdown-text'

const ROLE: Record<string, string> = {
  system: 'text-ink-3',
  developer: 'text-ink-3',
  user: 'text-accent',
  assistant: 'text-llm',
  tool: 'text-tool',
}

type Props = { messages: readonly ChatMessage[]; markdown?: boolean }

/** Messages of a conversation, tool calls inline. Content is plain text unless Markdown is asked for. */
export function ChatView({ messages, markdown = false }: Props) {
  return (
    <ol className="divide-y divide-line">
      {messages.map((message, i) => (
        // Messages carry no id and never move.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i} className="grid grid-cols-[68px_1fr] gap-x-1 py-1 pl-2.5 max-sm:grid-cols-1">
          <span className={cx('pt-[3px] text-xs font-medium', ROLE[message.role] ?? 'text-ink-3')}>
            {message.role}
            {message.name ? (
              <span className="block truncate font-normal text-ink-3">{message.name}</span>
            ) : null}
          </span>
          <div className="min-w-0">
            {message.text ? <MessageText message={message} markdown={markdown} /> : null}
            {message.files.map((file, at) => (
              // Parts of a message have no identity besides their place.
              // oxlint-disable-next-line react/no-array-index-key
              <div key={at} className="mr-2.5">
                <Attachment file={file} />
              </div>
            ))}
            {message.parts.map((part) => (
              <span key={part} className="mr-1 text-s text-ink-3">
                [{part}]
              </span>
            ))}
            {message.calls.map((call) => (
              <Call key={call.id ?? callText(call)} call={call} />
            ))}
          </div>
        </li>
      ))}
    </ol>
  )
}

/** Longer answers of tools are shown as the text they are: reading them would hold up the page. */
const MOST_PARSED = 500_000

/** What a tool answered is usually JSON; anything else is prose. */
function MessageText({ message, markdown }: { message: ChatMessage; markdown: boolean }) {
  const fromTool = message.role === 'tool' || message.role === 'function'
  const value = fromTool && message.text.length < MOST_PARSED ? parseJson(message.text) : null
  if (value?.ok && typeof value.value === 'object' && value.value !== null)
    return (
      <div className="-ml-2.5">
        <JsonTree value={value.value} />
      </div>
    )
  if (markdown) return <MarkdownText text={message.text} className="py-0.5 pr-2.5" />
  return <LongText text={message.text} className="!py-0.5 !pl-0" />
}

/** A tool call: one line when short, one argument a line when not. */
export function Call({ call }: { call: ToolCall }) {
  const line = callText(call)
  const long = line.length > 90 && isObject(call.arguments)
  return (
    <ScrollX
      label={t`Tool call`}
      className="my-1 mr-2.5 rounded border border-line bg-panel px-2 py-1 font-mono text-[11.5px]/[17px]"
    >
      {long && isObject(call.arguments) ? (
        <>
          <span className="text-tool">{call.name}</span>(
          {Object.entries(call.arguments).map(([key, value]) => (
            <div key={key} className="pl-4 break-words whitespace-pre-wrap">
              <span className="text-ink-3">{key}=</span>
              {JSON.stringify(value)}
            </div>
          ))}
          )
        </>
      ) : (
        <span className="break-words whitespace-pre-wrap">
          <span className="text-tool">{call.name}</span>
          {line.slice(call.name.length)}
        </span>
      )}
    </ScrollX>
  )
}
