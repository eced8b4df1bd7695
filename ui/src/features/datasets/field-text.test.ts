import { describe, expect, it } from 'vitest'
import type { Row } from '@/api/types'
import { readEditor, startMode, toEditorText } from './field-text'
import { DEFAULT_MAPPING, rowFromSpan, sourceQueries } from './row-from-span'

describe('editing a field', () => {
  it.each([
    ['input', 'plain "text"'],
    ['input', { a: [1, null] }],
    ['expected', 0],
    ['expected', false],
    ['tags', ['a', 'b']],
    ['metadata', { tier: 'pro' }],
  ] as const)('%s survives opening and saving unchanged', (field, value) => {
    const mode = startMode(field, value as never)
    expect(readEditor(field, toEditorText(field, value as never, mode), mode)).toEqual({
      ok: true,
      edit: { [field]: value },
    })
  })

  it('explains what is wrong', () => {
    expect(readEditor('input', '{"a": }', 'json')).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^Line 1, column 7/),
    })
    expect(readEditor('metadata', '[1]', 'json')).toMatchObject({ ok: false })
    expect(readEditor('tags', '[1]', 'json')).toMatchObject({ ok: false })
  })

  it('reads empty as null and words as tags', () => {
    expect(readEditor('expected', '  ', 'text')).toEqual({ ok: true, edit: { expected: null } })
    expect(readEditor('tags', 'a, b,,a\nc', 'text')).toEqual({ ok: true, edit: { tags: ['a', 'b', 'c'] } })
  })
})

describe('rows from spans', () => {
  const span = {
    id: 'row',
    span_id: 's',
    root_span_id: 'r',
    _xact_id: '7',
    created: 'T',
    input: 'q',
    output: { a: 1 },
    expected: null,
    metadata: { t: 1 },
    tags: ['x'],
  } as unknown as Row

  it('map fields and keep the origin', () => {
    const made = rowFromSpan(span, 'project_logs', 'p', { ...DEFAULT_MAPPING, expected: 'output' })
    expect(made).toMatchObject({
      input: 'q',
      expected: { a: 1 },
      metadata: { t: 1 },
      tags: ['x'],
      origin: { object_type: 'project_logs', object_id: 'p', id: 'row', _xact_id: '7', created: 'T' },
    })
    expect(
      rowFromSpan(span, 'project_logs', 'p', {
        span: 'root',
        expected: 'none',
        metadata: false,
        tags: false,
      }),
    ).toMatchObject({ expected: null })
  })

  it('read each object once, roots or the chosen spans', () => {
    const sources = [1, 2].map((n) => ({
      objectType: 'project_logs' as const,
      objectId: 'p',
      rootSpanId: `r${n}`,
      spanId: `s${n}`,
      isRoot: false,
    }))
    expect(sourceQueries(sources, 'root').map((group) => group.query)).toEqual([
      "SELECT * FROM project_logs('p') WHERE (root_span_id IN ('r1', 'r2')) AND (is_root) ORDER BY created LIMIT 2",
    ])
    expect(sourceQueries(sources, 'this')[0]!.query).toContain("span_id IN ('s1', 's2')")
  })
})
