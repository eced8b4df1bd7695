import { describe, expect, it } from 'vitest'
import { codeOf } from './code'
import { sectionOf, type Stored } from './list'
import { changedParts, fromDraft, slugOf, toDraft, variables } from './stored'

const prompt: Stored = {
  id: 'p1',
  _xact_id: '5',
  project_id: 'x',
  name: 'Greet',
  slug: 'greet',
  created: '2026-01-01T00:00:00Z',
  function_data: { type: 'prompt' },
  prompt_data: {
    prompt: {
      type: 'chat',
      messages: [
        { role: 'system', content: 'You greet {{user.name}} {{! not me }}{{#items}}{{.}}{{/items}}' },
        { role: 'user', content: [{ type: 'text', text: '{{question}}' }] },
        { role: 'assistant', content: null, tool_calls: [{ id: 't' }] },
      ],
      tools: '[{"type":"function"}]',
      cache: true,
    },
    options: { model: 'm-1', params: { temperature: 0 }, position: 'a' },
    template_format: 'mustache',
  },
}
const judge: Stored = {
  ...prompt,
  id: 's1',
  name: 'Good "one"',
  function_type: 'scorer',
  prompt_data: {
    prompt: { type: 'chat', messages: [{ role: 'user', content: 'Is {{output}} good?' }] },
    options: { model: 'm-1' },
    parser: { type: 'llm_classifier', use_cot: true, choice_scores: { yes: 1, no: 0, 'n/a': null } },
  },
}

const choice = (label: string, score: string) => ({ key: label + score, label, score })

describe('drafts', () => {
  it('go back to what they were made from, unseen fields included', () => {
    for (const stored of [prompt, judge]) {
      const read = fromDraft(toDraft(stored), stored)
      expect(read).toEqual({
        ok: true,
        content: { name: stored.name, slug: 'greet', description: null, prompt_data: stored.prompt_data },
      })
    }
  })
  it('change only what was edited', () => {
    const draft = toDraft(prompt)
    draft.messages[0]!.text = 'Hello'
    draft.model = ''
    draft.tools = ''
    const read = fromDraft(draft, prompt)
    if (!read.ok) throw new Error('must read')
    expect(read.content.prompt_data!.options).toEqual({ params: { temperature: 0 }, position: 'a' })
    expect(read.content.prompt_data!.prompt).toEqual({
      type: 'chat',
      cache: true,
      messages: [
        { role: 'system', content: 'Hello' },
        { role: 'user', content: [{ type: 'text', text: '{{question}}' }] },
        { role: 'assistant', content: null, tool_calls: [{ id: 't' }] },
      ],
    })
  })
  it('name what does not read', () => {
    const draft = { ...toDraft(prompt), name: ' ', params: '[1]', tools: '{' }
    draft.messages[1]!.text = '[{]'
    const read = fromDraft(draft, prompt)
    expect(read.ok ? null : Object.keys(read.problems).toSorted()).toEqual([
      'messages',
      'name',
      'params',
      'tools',
    ])
    const problemOf = (...choices: ReturnType<typeof choice>[]) => {
      const found = fromDraft({ ...toDraft(judge), choices }, judge)
      return found.ok ? '' : found.problems.choices
    }
    expect(problemOf(choice('yes', '1'), choice('yes', '0'))).toBe('Two choices are called yes.')
    expect(problemOf(choice('yes', '2'))).toContain('from 0 to 1')
    expect(problemOf(choice('yes', 'x'))).toContain('from 0 to 1')
    expect(problemOf()).toBe('A judge needs choices.')
    expect(problemOf(choice('yes', ''))).toBe('')
  })
})

describe('objects', () => {
  it('have a page by their type', () => {
    expect(sectionOf(prompt)).toBe('prompts')
    expect(sectionOf(judge)).toBe('scorers')
    expect(sectionOf({ ...prompt, function_type: 'tool', function_data: { type: 'code' } })).toBeNull()
  })
  it('take the variables of their template', () => {
    expect(variables(toDraft(prompt), 'mustache')).toEqual(['user', 'items', 'question'])
    expect(variables(toDraft(prompt), 'none')).toEqual([])
  })
  it('differ part by part', () => {
    const after = { ...judge, prompt_data: { ...judge.prompt_data, options: { model: 'm-2' } } }
    expect(changedParts(judge, after)).toEqual([{ title: 'Model', before: 'm-1', after: 'm-2' }])
    expect(changedParts(judge, judge)).toEqual([])
  })
  it('get slugs from names', () => {
    expect(slugOf(' Héllo, World! ')).toBe('hello-world')
  })
})

describe('code', () => {
  const asked = { project: 'it\'s "x"', origin: 'http://h', section: 'prompts' as const, stored: prompt }
  it('loads a prompt, pinned when asked', () => {
    expect(codeOf('python', asked)).toContain('load_prompt(project="it\'s \\"x\\"", slug="greet")')
    expect(codeOf('python', { ...asked, version: '5' })).toContain('slug="greet", version="5")')
    expect(codeOf('python', asked)).toContain('prompt.build(**{"user": "…", "items": "…", "question": "…"})')
    expect(codeOf('typescript', { ...asked, version: '5' })).toContain('slug: "greet", version: "5" }')
    expect(codeOf('curl', { ...asked, version: '5' })).toContain("curl 'http://h/v1/prompt/p1?version=5'")
  })
  it('writes a judge as a class of the SDK', () => {
    const python = codeOf('python', { ...asked, section: 'scorers', stored: judge })
    expect(python).toContain('name="Good \\"one\\""')
    expect(python).toContain('choice_scores={"yes": 1, "no": 0, "n/a": None}')
    expect(python).toContain('use_cot=True')
    expect(codeOf('typescript', { ...asked, section: 'scorers', stored: judge })).toContain('/v1/function/s1')
  })
})
