/** A stored object as code that loads it, or, for a judge, that is it. */
import { getCode, sqlCommand } from '@/lib/request-code'
import { literal } from '@/lib/sql'
import type { Section, Stored } from './list'
import { toDraft, variables } from './stored'

export type Language = 'cli' | 'python' | 'typescript' | 'curl'
export const LANGUAGES: readonly { id: Language; label: string }[] = [
  { id: 'cli', label: 'CLI' },
  { id: 'python', label: 'Python' },
  { id: 'typescript', label: 'TypeScript' },
  { id: 'curl', label: 'curl' },
]

type Asked = {
  stored: Stored
  section: Section
  project: string
  origin: string
  version?: string | undefined
}

/** `version` pins what is loaded; without it the newest is. */
export function codeOf(language: Language, asked: Asked): string {
  const { stored, section, origin, version } = asked
  const noun = section === 'prompts' ? 'prompt' : 'function'
  const address = `${origin}/v1/${noun}/${stored.id}${version ? `?version=${version}` : ''}`
  if (language === 'cli') return sqlCommand(`SELECT * FROM ${noun}(${literal(stored.id)})`).trimEnd()
  if (language === 'curl') return getCode('curl', address, noun).trimEnd()
  if (section === 'prompts') return language === 'python' ? loadInPython(asked) : loadInTypeScript(asked)
  if (language === 'python' && toDraft(stored).choices) return judgeInPython(stored)
  return language === 'python' ? getCode('python', address, 'function').trimEnd() : readInTypeScript(address)
}

const quoted = (text: string): string => JSON.stringify(text)
const givenTo = (stored: Stored): string[] =>
  variables(toDraft(stored), stored.prompt_data?.template_format).map((name) => `${quoted(name)}: "…"`)

function loadInPython({ stored, project, origin, version }: Asked): string {
  const given = givenTo(stored)
  return [
    `# BRAINTRUST_APP_URL=${origin} BRAINTRUST_API_KEY=… in the environment`,
    'import braintrust',
    '',
    `prompt = braintrust.load_prompt(project=${quoted(project)}, slug=${quoted(stored.slug)}${version ? `, version=${quoted(version)}` : ''})`,
    `request = prompt.build(${given.length ? `**{${given.join(', ')}}` : ''})`,
  ].join('\n')
}

function loadInTypeScript({ stored, project, origin, version }: Asked): string {
  const given = givenTo(stored)
  return [
    `// BRAINTRUST_APP_URL=${origin} BRAINTRUST_API_KEY=… in the environment`,
    'import { loadPrompt } from "braintrust"',
    '',
    `const prompt = await loadPrompt({ projectName: ${quoted(project)}, slug: ${quoted(stored.slug)}${version ? `, version: ${quoted(version)}` : ''} })`,
    `const request = prompt.build({ ${given.join(', ')} })`,
  ].join('\n')
}

/** A judge with choices is a class of the SDK: the same template, choices and model. */
function judgeInPython(stored: Stored): string {
  const { messages, content, choices, model, cot } = toDraft(stored)
  const template = messages.length ? messages.map((message) => message.text).join('\n\n') : content
  const scores = choices!.map(
    ({ label, score }) => `${quoted(label)}: ${score === '' ? 'None' : Number(score)}`,
  )
  return [
    'from assay.scorers import LLMClassifier',
    '',
    'scorer = LLMClassifier(',
    `    name=${quoted(stored.name)},`,
    `    prompt_template=${quoted(template)},`,
    `    choice_scores={${scores.join(', ')}},`,
    ...(model ? [`    model=${quoted(model)},`] : []),
    `    use_cot=${cot ? 'True' : 'False'},`,
    ')',
  ].join('\n')
}

function readInTypeScript(address: string): string {
  return [
    `const response = await fetch(${quoted(address)}, {`,
    '  headers: { Authorization: `Bearer ${process.env.ASSAY_API_KEY}` },',
    '})',
    'const stored = await response.json()',
  ].join('\n')
}
