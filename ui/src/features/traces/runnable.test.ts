import { describe, expect, it } from 'vitest'
import type { Row } from '@/api/types'
import { pythonLiteral, pythonName, shellQuote } from '@/lib/literals'
import { callCode, evalCode, modelCall, pytestCode } from './runnable'

function span(changes: Partial<Row> = {}): Row {
  return {
    id: 'row',
    span_id: 's',
    root_span_id: 'trace',
    span_parents: null,
    is_root: true,
    created: '2026-01-01T00:00:00Z',
    _xact_id: '1',
    scores: null,
    tags: null,
    metrics: null,
    input: [{ role: 'user', content: "it's" }],
    output: [{ message: { role: 'assistant', content: 'yes' } }],
    metadata: { model: 'gpt-x', provider: 'openai', temperature: 0, stream: true, tier: 'pro', tools: [] },
    span_attributes: { name: 'Chat Completion', type: 'llm' },
    ...changes,
  }
}

describe('modelCall', () => {
  it('takes the messages and the parameters, not what the answer added', () => {
    expect(modelCall(span())).toEqual({
      model: 'gpt-x',
      messages: [{ role: 'user', content: "it's" }],
      temperature: 0,
      tools: [],
    })
  })

  it('reads a whole request as input, and plain text', () => {
    const input = { model: 'm', messages: [{ role: 'user', content: 'a' }], seed: 7 }
    expect(modelCall(span({ input, metadata: null }))).toEqual(input)
    expect(modelCall(span({ input: 'hi' }))?.messages).toEqual([{ role: 'user', content: 'hi' }])
  })

  it('is null for what cannot be run', () => {
    expect(modelCall(span({ span_attributes: { type: 'tool' } }))).toBeNull()
    expect(modelCall(span({ metadata: null }))).toBeNull()
    expect(modelCall(span({ input: { text: 'a' } }))).toBeNull()
    expect(modelCall(span({ input: ['a'] }))).toBeNull()
  })
})

it('quotes for each language', () => {
  const call = modelCall(span())!
  expect(callCode('curl', call, 'http://h')).toContain(`"content":"it'\\''s"`)
  expect(callCode('python', call, 'http://h')).toContain('messages=[{"role": "user", "content": "it\'s"}]')
  expect(callCode('typescript', call, 'http://h')).toContain('baseURL: "http://h/v1/proxy"')
  expect(pythonLiteral({ a: [true, null, 'x\u202ey"\n'] })).toBe('{"a": [True, None, "x\\u202ey\\"\\n"]}')
  expect(pythonName('Chat Completion!')).toBe('chat_completion')
  expect(pythonName('1st')).toBe('span_1st')
  expect(pythonName('return')).toBe('span_return')
  expect(pythonName('"""')).toBe('span')
  expect(shellQuote("a'b")).toBe(`'a'\\''b'`)
})

describe('tests from spans', () => {
  it('expects what was said, or which tools were called', () => {
    const call = modelCall(span())!
    expect(pytestCode(span(), call, 'http://h')).toContain('assert message.content == "yes"')
    expect(pytestCode(span({ expected: 'no' }), call, 'http://h')).toContain('assert message.content == "no"')
    const tools = [{ id: 'c', function: { name: 'find', arguments: '{"n":1}' } }]
    const code = pytestCode(
      span({ output: { role: 'assistant', content: null, tool_calls: tools } }),
      call,
      'h',
    )
    expect(code).toContain('assert calls == [("find", {"n": 1})]')
  })

  it('names the trace without letting its id break out of the comment', () => {
    const evil = span({ id: '"""\nimport os', root_span_id: 'r' })
    expect(pytestCode(evil, modelCall(evil)!, 'h')).toContain('row ????import?os.')
  })

  it('makes a case of any span', () => {
    const tool = span({ span_attributes: { name: 'look up', type: 'tool' }, input: { a: 1 }, output: 2 })
    expect(evalCode(tool, null, 'h', 'p')).toContain('data=[{"input": {"a": 1}, "expected": 2}]')
    expect(evalCode(span(), modelCall(span())!, 'h', 'p')).toContain('messages=messages,')
  })
})
