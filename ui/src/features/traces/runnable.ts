/** A recorded model call as something to run again through the gateway, and any span as a case of a test. */
import type { Row } from '@/api/types'
import { isObject, type Json, type JsonObject } from '@/lib/json'
import { pythonLiteral, pythonName, shellQuote, typescriptLiteral } from '@/lib/literals'
import { asChat } from './chat'

export type ModelCall = { model: string; messages: Json[] } & JsonObject

/** What a span's metadata holds besides the request: facts of the answer, and labels of the application. */
const PARAMETERS = new Set([
  'audio', 'frequency_penalty', 'function_call', 'functions', 'logit_bias', 'logprobs', 'max_completion_tokens',
  'max_tokens', 'modalities', 'n', 'parallel_tool_calls', 'prediction', 'presence_penalty', 'reasoning_effort',
  'response_format', 'seed', 'stop', 'temperature', 'tool_choice', 'tools', 'top_logprobs', 'top_p', 'verbosity',
]) // prettier-ignore

type Recorded = Pick<
  Row,
  'id' | 'root_span_id' | 'input' | 'output' | 'expected' | 'metadata' | 'span_attributes' | 'is_root'
>

/** The chat request of an `llm` span; null when the span is no chat or names no model. */
export function modelCall(span: Recorded): ModelCall | null {
  if (span.span_attributes?.type !== 'llm') return null
  const input = isObject(span.input) ? span.input : {}
  const held = { ...span.metadata, ...input }
  const messages = messagesOf(span.input)
  const model = typeof held.model === 'string' ? held.model : null
  if (!messages || !model) return null
  const parameters = Object.entries(held).filter(([name, value]) => PARAMETERS.has(name) && value !== null)
  return { model, messages, ...Object.fromEntries(parameters) }
}

function messagesOf(input: Json | undefined): Json[] | null {
  if (typeof input === 'string' && input) return [{ role: 'user', content: input }]
  const list = isObject(input) ? input.messages : input
  if (!Array.isArray(list)) return null
  return asChat(list) ? list : null
}

const KEY = 'ASSAY_API_KEY'

export type CodeKind = 'curl' | 'python' | 'typescript'

/** The call as a program; it reads the key from the environment. */
export function callCode(kind: CodeKind, call: ModelCall, origin: string): string {
  if (kind === 'curl')
    return [
      `curl ${origin}/v1/proxy/chat/completions \\`,
      `  -H "Authorization: Bearer $${KEY}" -H 'Content-Type: application/json' \\`,
      `  -d ${shellQuote(JSON.stringify(call))}`,
      '',
    ].join('\n')
  if (kind === 'python')
    return [
      ...pythonClient(origin),
      `answer = ${pythonCall(call)}`,
      'print(answer.choices[0].message)',
      '',
    ].join('\n')
  return [
    "import OpenAI from 'openai'",
    '',
    `const client = new OpenAI({ baseURL: ${typescriptLiteral(`${origin}/v1/proxy`)}, apiKey: process.env.${KEY} })`,
    `const answer = await client.chat.completions.create(${typescriptLiteral(call)})`,
    'console.log(answer.choices[0]?.message)',
    '',
  ].join('\n')
}

function pythonClient(origin: string, imports: string[] = []): string[] {
  return [
    'import os',
    '',
    'from openai import OpenAI',
    ...imports,
    '',
    `client = OpenAI(base_url=${pythonLiteral(`${origin}/v1/proxy`)}, api_key=os.environ["${KEY}"])`,
  ]
}

function pythonCall(call: ModelCall, indent = 0, messages?: string): string {
  const pad = ' '.repeat(indent + 4)
  const lines = Object.entries(call).map(
    ([name, value]) =>
      `${pad}${name}=${name === 'messages' && messages ? messages : pythonLiteral(value, indent + 4)},`,
  )
  return ['client.chat.completions.create(', ...lines, `${' '.repeat(indent)})`].join('\n')
}

/** A pytest file that makes the call again and wants what was expected, or else what came out. */
export function pytestCode(span: Recorded, call: ModelCall, origin: string): string {
  const answer = asChat(span.expected ?? span.output)?.at(-1)
  const said = answer ? answer.text : (span.expected ?? span.output ?? null)
  const calls = (answer?.calls ?? []).map(({ name, arguments: given }) => [name, given] as Json[])
  const checks = calls.length
    ? [
        '    calls = [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []]',
        `    assert calls == [${calls.map(([name, given]) => `(${pythonLiteral(name!)}, ${pythonLiteral(given!, 4)})`).join(', ')}]`,
      ]
    : [`    assert message.content == ${pythonLiteral(said, 4)}`]
  return [
    ...(calls.length ? ['import json'] : []),
    ...pythonClient(origin),
    '',
    '',
    `def test_${pythonName(nameOf(span))}():`,
    `    """Recorded in trace ${safeId(span.root_span_id)}, row ${safeId(span.id)}."""`,
    `    message = ${pythonCall(call, 4)}.choices[0].message`,
    ...checks,
    '',
  ].join('\n')
}

/** The span as a case of an evaluation. A model call becomes the task too; any other task is yours to import. */
export function evalCode(span: Recorded, call: ModelCall | null, origin: string, project: string): string {
  const expected = span.expected ?? span.output ?? null
  const answer = call ? asChat(expected ?? undefined)?.at(-1) : null
  const one = { input: call ? call.messages : (span.input ?? null), expected: answer?.text || expected }
  const task = pythonName(nameOf(span))
  const head = call
    ? [
        ...pythonClient(origin, ['', 'from assay import Eval']),
        '',
        '',
        `def ${task}(messages):`,
        `    answer = ${pythonCall(call, 4, 'messages')}`,
        '    return answer.choices[0].message.content',
      ]
    : ['from assay import Eval', '', `from my_app import ${task}  # what this span recorded`]
  return [
    ...head,
    '',
    '',
    'def exact(output, expected):',
    '    return output == expected',
    '',
    '',
    'Eval(',
    `    ${pythonLiteral(project)},`,
    `    data=[${pythonLiteral(one, 4)}],`,
    `    task=${task},`,
    '    scores=[exact],',
    ')',
    '',
  ].join('\n')
}

function nameOf(span: Recorded): string {
  return span.span_attributes?.name || span.span_attributes?.type || 'span'
}

/** Ids are chosen by applications; in a comment only their harmless characters appear. */
function safeId(id: string): string {
  return id.replace(/[^\w.:-]/g, '?').slice(0, 80)
}
