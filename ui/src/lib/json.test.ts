import { describe, expect, it } from 'vitest'
import { type Json, oneLine, parseCut, parseJson, recordColumns, toReadable, unwrap } from './json'

describe('oneLine', () => {
  it('shows the last user message of a chat', () => {
    const chat: Json = [
      { role: 'system', content: 'You create playlists.' },
      { role: 'user', content: 'upbeat songs' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ function: { name: 'search_songs', arguments: '{}' } }],
      },
    ]
    expect(oneLine(chat)).toBe('upbeat songs')
    expect(oneLine({ messages: chat, model: 'm' })).toBe('upbeat songs')
  })

  it('walks through wrappers and names the fields of a record', () => {
    expect(oneLine({ result: { text: 'done' } })).toBe('done')
    expect(oneLine({ name: 'Sprint', minutes: 24.6, artists: ['A', 'B'], note: null })).toBe(
      'name: Sprint · minutes: 24.6 · artists: A, B',
    )
  })

  it('reads a preview that was cut anywhere', () => {
    const whole = JSON.stringify({
      playlist: {
        name: 'Morning "Sprint" é',
        songs: [
          { title: 'One', min: 3.5 },
          { title: 'Two', min: 4 },
        ],
      },
    })
    for (let end = 1; end <= whole.length; end++) {
      const text = oneLine(whole.slice(0, end))
      if (end > 40) expect(text).toMatch(/^(name: )?Morning/)
    }
  })

  it('is short and on one line', () => {
    const text = oneLine('word\n\n'.repeat(5000), 100)
    expect(text.length).toBeLessThanOrEqual(100)
    expect(text).not.toContain('\n')
  })
})

describe('parseCut', () => {
  it.each([
    ['{"a":1,"b":"x', { a: 1, b: 'x' }],
    ['{"a":1,"b', { a: 1 }],
    ['[1,2,[3', [1, 2, [3]]],
    ['{"a":"\\u00e', { a: '' }],
    ['{"a":"x\\', { a: 'x' }],
    ['not json', undefined],
  ])('%s', (text, value) => expect(parseCut(text)).toEqual(value))
})

describe('toReadable', () => {
  it('writes like records one on a line', () => {
    expect(
      toReadable({
        name: 'Sprint',
        songs: [
          { title: 'One', min: 3.5 },
          { title: 'Two', min: 4 },
        ],
      }),
    ).toBe('name: Sprint\nsongs:\n  - One · 3.5\n  - Two · 4')
  })

  it('leaves text alone and unwraps single fields', () => {
    expect(toReadable('plain\ntext')).toBe('plain\ntext')
    expect(unwrap({ answer: { text: 'x' } })).toBe('x')
  })
})

describe('recordColumns', () => {
  it('wants at least two flat records', () => {
    expect(recordColumns([{ a: 1 }, { a: 2, b: null }])).toEqual(['a', 'b'])
    expect(recordColumns([{ a: 1 }])).toBeNull()
    expect(recordColumns([{ a: { b: 1 } }, { a: 1 }])).toBeNull()
  })
})

describe('parseJson', () => {
  it('says where it broke', () => {
    const bad = parseJson('{\n  "a": 1,\n  "b": x\n}')
    expect(bad).toMatchObject({ ok: false, line: 3, column: 8 })
  })
})
