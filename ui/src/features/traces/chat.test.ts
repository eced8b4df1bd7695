import { describe, expect, it } from 'vitest'
import { asChat, callText, newMessages } from './chat'

describe('asChat', () => {
  it('reads OpenAI messages with tool calls', () => {
    const chat = asChat([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', function: { name: 'search', arguments: '{"genre":"rock","limit":3}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '[]' },
    ])
    expect(chat?.map((message) => message.role)).toEqual(['user', 'assistant', 'tool'])
    expect(callText(chat![1]!.calls[0]!)).toBe('search(genre="rock", limit=3)')
    expect(chat![2]!.callId).toBe('c1')
  })

  it('reads a completion, content parts, and Anthropic blocks', () => {
    expect(asChat({ choices: [{ message: { role: 'assistant', content: 'done' } }] })?.[0]?.text).toBe('done')
    expect(
      asChat([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'http://x' } },
            { type: 'widget' },
          ],
        },
      ])?.[0],
    ).toMatchObject({ text: 'look', files: [{ kind: 'external', url: 'http://x' }], parts: ['widget'] })
    const blocks = asChat([
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }] },
    ])
    expect(callText(blocks![0]!.calls[0]!)).toBe('f(a=1)')
  })

  it('leaves everything else alone', () => {
    expect(asChat('text')).toBeNull()
    expect(asChat({ title: 'x' })).toBeNull()
    expect(asChat([{ role: 'user', content: 'a' }, { title: 'b' }])).toBeNull()
    expect(asChat([])).toBeNull()
  })
})

it('newMessages drops what a resent conversation repeats', () => {
  const first = asChat([
    { role: 'system', content: 's' },
    { role: 'user', content: 'u' },
  ])!
  const second = asChat([
    { role: 'system', content: 's' },
    { role: 'user', content: 'u' },
    { role: 'user', content: 'v' },
  ])!
  expect(newMessages(first, second).map((message) => message.text)).toEqual(['v'])
})
