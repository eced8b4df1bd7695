/** Read the message formats of the providers into one shape for display. */
import { isObject, toText, type Json, type JsonObject } from '@/lib/json'
import { asFile, fileOfPart, type FileRef } from './attachments'

export type ToolCall = { id: string | null; name: string; arguments: Json }
export type ChatMessage = {
  role: string
  text: string
  /** Images, sound and documents. */
  files: FileRef[]
  /** Other parts, by name. */
  parts: string[]
  calls: ToolCall[]
  /** For a tool's answer: the call it answers. */
  callId: string | null
  name: string | null
}

/** Messages of a value when it is a chat in a known format, else null. */
export function asChat(value: Json | undefined): ChatMessage[] | null {
  const list = messageList(value)
  if (!list || list.length === 0) return null
  const messages = list.map(readMessage)
  return messages.every((message) => message !== null) ? messages : null
}

function messageList(value: Json | undefined): Json[] | null {
  if (Array.isArray(value))
    return value.map((item) => (isObject(item) && isObject(item.message) ? item.message : item))
  if (!isObject(value)) return null
  if (Array.isArray(value.messages)) return value.messages
  if (Array.isArray(value.choices))
    return value.choices.map((choice) => (isObject(choice) ? (choice.message ?? null) : null))
  if (typeof value.role === 'string') return [value]
  if (isObject(value.message) && typeof value.message.role === 'string') return [value.message]
  return null
}

function readMessage(item: Json): ChatMessage | null {
  if (!isObject(item) || typeof item.role !== 'string') return null
  const message: ChatMessage = {
    role: item.role,
    text: '',
    files: [],
    parts: [],
    calls: [],
    callId: typeof item.tool_call_id === 'string' ? item.tool_call_id : null,
    name: typeof item.name === 'string' ? item.name : null,
  }
  readContent(item.content, message)
  if (Array.isArray(item.tool_calls)) message.calls.push(...item.tool_calls.filter(isObject).map(readCall))
  if (isObject(item.function_call)) message.calls.push(readCall({ function: item.function_call }))
  if (typeof item.refusal === 'string') message.text += (message.text ? '\n' : '') + item.refusal
  return message
}

function readContent(content: Json | undefined, message: ChatMessage): void {
  if (!Array.isArray(content)) {
    const file = asFile(content)
    if (file) message.files.push(file)
    else message.text = toText(content)
    return
  }
  const texts: string[] = []
  for (const part of content) {
    if (typeof part === 'string') texts.push(part)
    else if (!isObject(part)) texts.push(toText(part))
    else if (typeof part.text === 'string') texts.push(part.text)
    else if (part.type === 'tool_use')
      message.calls.push({ id: str(part.id), name: str(part.name) ?? 'tool', arguments: part.input ?? null })
    else if (part.type === 'tool_result') {
      message.callId = str(part.tool_use_id)
      texts.push(toText(part.content))
    } else {
      const file = fileOfPart(part)
      if (file) message.files.push(file)
      else message.parts.push(str(part.type) ?? 'part')
    }
  }
  message.text = texts.join('\n')
}

function readCall(call: JsonObject): ToolCall {
  const fn = isObject(call.function) ? call.function : call
  return { id: str(call.id), name: str(fn.name) ?? 'tool', arguments: readArguments(fn.arguments ?? null) }
}

function readArguments(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as Json
  } catch {
    return value
  }
}

function str(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

/** `search_songs(genre="rock", limit=3)`: a call as one readable line. */
export function callText(call: ToolCall): string {
  if (!isObject(call.arguments))
    return `${call.name}(${call.arguments === null ? '' : JSON.stringify(call.arguments)})`
  const pairs = Object.entries(call.arguments).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return `${call.name}(${pairs.join(', ')})`
}

/** The messages `next` adds to what `seen` already showed: providers resend the whole conversation on every call. */
export function newMessages(seen: readonly ChatMessage[], next: readonly ChatMessage[]): ChatMessage[] {
  let shared = 0
  while (shared < seen.length && shared < next.length && sameMessage(seen[shared]!, next[shared]!)) shared++
  return next.slice(shared)
}

function sameMessage(a: ChatMessage, b: ChatMessage): boolean {
  return a.role === b.role && a.text === b.text && a.callId === b.callId && a.calls.length === b.calls.length
}
