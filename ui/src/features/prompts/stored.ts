/** Prompts and scorers as the server stores them, and their draft: what people edit of them. */
import { t } from '@lingui/core/macro'
import { isObject, parseJson, type Json, type JsonObject } from '@/lib/json'
import type { Stored } from './list'

export const ROLES = ['system', 'user', 'assistant', 'tool', 'developer'] as const

/** `json`: the content is not text but parts, edited as JSON. `rest` is carried along unseen. */
export type DraftMessage = { key: string; role: string; text: string; json: boolean; rest: JsonObject }
export type Choice = { key: string; label: string; score: string }
export type Draft = {
  name: string
  slug: string
  description: string
  kind: 'chat' | 'completion' | 'none'
  messages: DraftMessage[]
  content: string
  model: string
  params: string
  tools: string
  /** Null where it is no judge with scores for choices. */
  choices: Choice[] | null
  cot: boolean
}

function inner(stored: Pick<Stored, 'prompt_data'>, key: string): JsonObject {
  const value = stored.prompt_data?.[key]
  return isObject(value) ? value : {}
}

export function toDraft(stored: Pick<Stored, 'name' | 'slug' | 'description' | 'prompt_data'>): Draft {
  const prompt = inner(stored, 'prompt')
  const options = inner(stored, 'options')
  const parser = inner(stored, 'parser')
  const messages = Array.isArray(prompt.messages) ? prompt.messages.filter(isObject) : []
  const kind = prompt.type === 'chat' || prompt.type === 'completion' ? prompt.type : 'none'
  return {
    name: stored.name,
    slug: stored.slug,
    description: stored.description ?? '',
    kind,
    messages: messages.map(readMessage),
    content: typeof prompt.content === 'string' ? prompt.content : '',
    model: typeof options.model === 'string' ? options.model : '',
    params: isObject(options.params) && Object.keys(options.params).length ? pretty(options.params) : '',
    tools: readTools(prompt.tools),
    choices: isObject(parser.choice_scores)
      ? Object.entries(parser.choice_scores).map(([label, score], i) => ({
          key: String(i),
          label,
          score: score === null ? '' : String(score),
        }))
      : null,
    cot: parser.use_cot === true,
  }
}

function readMessage({ role, content, ...rest }: JsonObject, i: number): DraftMessage {
  const json = content !== undefined && content !== null && typeof content !== 'string'
  return {
    key: String(i),
    role: typeof role === 'string' ? role : 'user',
    text: json ? pretty(content) : ((content as string | null | undefined) ?? ''),
    json,
    rest: content === null ? { ...rest, content: null } : rest,
  }
}

/** Tools are kept as text that holds JSON; shown indented when it does. */
function readTools(tools: Json | undefined): string {
  if (typeof tools !== 'string') return tools === undefined || tools === null ? '' : pretty(tools)
  const parsed = tools.trim() ? parseJson(tools) : null
  return parsed?.ok ? pretty(parsed.value) : tools
}

function pretty(value: Json): string {
  return JSON.stringify(value, null, 2)
}

export type Content = { name: string; slug: string; description: string | null; prompt_data?: JsonObject }
export type Problems = Partial<Record<'name' | 'slug' | 'messages' | 'params' | 'tools' | 'choices', string>>
export type Read = { ok: true; content: Content } | { ok: false; problems: Problems }

/** The draft as the server takes it; what a draft does not show stays as it is in `stored`. */
export function fromDraft(draft: Draft, stored: Pick<Stored, 'prompt_data'>): Read {
  const problems: Problems = {}
  if (!draft.name.trim()) problems.name = t`A name is needed.`
  if (!draft.slug.trim()) problems.slug = t`A slug is needed: code names it by it.`
  const prompt = promptOf(draft, inner(stored, 'prompt'), problems)
  const options = optionsOf(draft, inner(stored, 'options'), problems)
  const parser = parserOf(draft, inner(stored, 'parser'), problems)
  if (Object.keys(problems).length) return { ok: false, problems }
  const data: JsonObject = {
    ...stored.prompt_data,
    ...(draft.kind === 'none' ? {} : { prompt }),
    ...(Object.keys(options).length || stored.prompt_data?.options ? { options } : {}),
    ...(parser ? { parser } : {}),
  }
  return {
    ok: true,
    content: {
      name: draft.name.trim(),
      slug: draft.slug.trim(),
      description: draft.description.trim() || null,
      ...(stored.prompt_data || Object.keys(data).length ? { prompt_data: data } : {}),
    },
  }
}

function promptOf(draft: Draft, before: JsonObject, problems: Problems): JsonObject {
  const { tools: _tools, messages: _messages, content: _content, ...kept } = before
  if (draft.kind === 'completion') return { ...kept, type: 'completion', content: draft.content }
  const messages = draft.messages.map(({ role, text, json, rest }, i): JsonObject => {
    if (!json) return 'content' in rest && text === '' ? { role, ...rest } : { ...rest, role, content: text }
    const parsed = parseJson(text)
    if (parsed.ok) return { ...rest, role, content: parsed.value }
    problems.messages = t`Message ${i + 1}, line ${parsed.line}, column ${parsed.column}: ${parsed.message}`
    return {}
  })
  const tools = draft.tools.trim() ? parseJson(draft.tools) : null
  if (tools && !tools.ok) problems.tools = t`Line ${tools.line}, column ${tools.column}: ${tools.message}`
  else if (tools?.ok && !Array.isArray(tools.value)) problems.tools = t`Tools are a JSON list.`
  return {
    ...kept,
    type: 'chat',
    messages,
    ...(tools?.ok ? { tools: JSON.stringify(tools.value) } : {}),
  }
}

function optionsOf(draft: Draft, before: JsonObject, problems: Problems): JsonObject {
  const { model: _model, params: _params, ...kept } = before
  const params = draft.params.trim() ? parseJson(draft.params) : null
  if (params && !params.ok)
    problems.params = t`Line ${params.line}, column ${params.column}: ${params.message}`
  else if (params?.ok && !isObject(params.value))
    problems.params = t`Parameters are a JSON object: ${'{ "temperature": 0 }'}`
  return {
    ...kept,
    ...(draft.model.trim() ? { model: draft.model.trim() } : {}),
    ...(params?.ok ? { params: params.value } : {}),
  }
}

function parserOf(draft: Draft, before: JsonObject, problems: Problems): JsonObject | null {
  if (!draft.choices) return null
  const scores: JsonObject = {}
  for (const { label, score } of draft.choices) {
    const value = score.trim() === '' ? null : Number(score)
    if (!label.trim()) problems.choices = t`A choice needs a word.`
    else if (Object.hasOwn(scores, label.trim()))
      problems.choices = t`Two choices are called ${label.trim()}.`
    else if (value !== null && !(value >= 0 && value <= 1))
      problems.choices = t`The score of ${label.trim()} is a number from 0 to 1, or empty for “does not apply”.`
    scores[label.trim()] = value
  }
  if (draft.choices.length === 0) problems.choices = t`A judge needs choices.`
  return { ...before, type: before.type ?? 'llm_classifier', use_cot: draft.cot, choice_scores: scores }
}

/** Names a template takes from outside, in the order they occur: what code has to give. */
export function variables(
  { messages, content }: Pick<Draft, 'messages' | 'content'>,
  format?: Json,
): string[] {
  if (format === 'none') return []
  const text = [...messages.map((message) => message.text), content].join('\n')
  const found = [...text.matchAll(/\{\{\{?\s*([#^&/!>=]?)\s*([^{}|\s]+)[^{}]*\}\}/g)]
  const names = found
    .filter(([, sign]) => !['/', '!', '>', '='].includes(sign!))
    .map(([, , name]) => name!.split(/[.[]/, 1)[0]!)
    .filter((name) => /^[A-Za-z_][\w-]*$/.test(name))
  return [...new Set(names)]
}

export type Part = { title: string; text: string }

/** An object as titled texts, for people to compare. */
export function parts(stored: Stored): Part[] {
  const draft = toDraft(stored)
  const rest: JsonObject = { ...stored.prompt_data }
  for (const shown of ['prompt', 'options', 'parser']) delete rest[shown]
  return [
    { title: t`Name`, text: draft.name },
    { title: t`Slug`, text: draft.slug },
    { title: t`Description`, text: draft.description },
    ...draft.messages.map(({ role, text, rest: more }, i) => ({
      title: `${i + 1}. ${role}`,
      text: [text, Object.keys(more).length ? pretty(more) : ''].filter(Boolean).join('\n'),
    })),
    { title: t`Text`, text: draft.content },
    { title: t`Model`, text: draft.model },
    { title: t`Parameters`, text: draft.params },
    { title: t`Tools`, text: draft.tools },
    {
      title: t`Choices`,
      text: (draft.choices ?? [])
        .map(({ label, score }) => (score ? `${label}: ${score}` : t`${label}: does not apply`))
        .join('\n'),
    },
    { title: t`Made of`, text: madeOf(stored.function_data) },
    { title: t`Other`, text: Object.keys(rest).length ? pretty(rest) : '' },
  ].filter(({ text }) => text !== '')
}

/** The code of a function, else its data; nothing for a prompt. */
export function madeOf(data: JsonObject | null | undefined): string {
  if (!data || data.type === 'prompt') return ''
  const code = isObject(data.data) ? data.data.code : undefined
  return typeof code === 'string' ? code : pretty(data)
}

export type PartChange = { title: string; before: string; after: string }

export function changedParts(before: Stored, after: Stored): PartChange[] {
  const [old, now] = [before, after].map((one) => new Map(parts(one).map(({ title, text }) => [title, text])))
  return [...new Set([...old!.keys(), ...now!.keys()])]
    .map((title) => ({ title, before: old!.get(title) ?? '', after: now!.get(title) ?? '' }))
    .filter((change) => change.before !== change.after)
}

export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
}
