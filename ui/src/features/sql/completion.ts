/** What can stand at a place of a query: names inside the argument of a source, fields after a dot, else all words. */
import { COLUMNS, FUNCTION_COLUMNS, FUNCTIONS, KEYWORDS, SHAPES, SOURCES } from './vocabulary'

export type Kind = 'keyword' | 'source' | 'name' | 'column' | 'field' | 'function'
export type Option = { label: string; kind: Kind; detail?: string; apply?: string }
export type Completion = { from: number; options: Option[] }

/** What a project has that queries can name. `paths` were found in rows, as they are written in SQL. */
export type Schema = {
  project: string
  org: string
  experiments: readonly string[]
  datasets: readonly string[]
  paths: readonly string[]
}

const ARGUMENT = new RegExp(
  `\\b(${Object.keys(SOURCES).join('|')})\\s*\\((?:[^()]*,)?\\s*'((?:[^']|'')*)$`,
  'i',
)
const SHAPE = /\bshape\s*=>\s*'(\w*)$/i
const WORD = /[A-Za-z_][\w.]*(?:\."[^"]*"?)?$/

/** Completions at the end of `before`, the text up to the cursor; null when nothing is being typed. */
export function complete(before: string, schema: Schema, explicit = false): Completion | null {
  const shape = SHAPE.exec(before)
  if (shape)
    return {
      from: before.length - shape[1]!.length,
      options: SHAPES.map((label) => ({ label, kind: 'name' })),
    }
  const argument = ARGUMENT.exec(before)
  if (argument) return { from: before.length - argument[2]!.length, options: names(argument[1]!, schema) }
  if (insideText(before)) return null
  const word = WORD.exec(before)?.[0] ?? ''
  if (!word && !explicit) return null
  return { from: before.length - word.length, options: words(before, word, schema) }
}

/** Whether a text literal or a comment is open at the end. */
function insideText(before: string): boolean {
  const bare = before.replaceAll(/'(?:[^']|'')*'/g, '').replaceAll(/--[^\n]*\n/g, '')
  return bare.includes("'") || bare.includes('--')
}

function names(source: string, schema: Schema): Option[] {
  const of = SOURCES[source.toLowerCase() as keyof typeof SOURCES]
  const found =
    of === 'project'
      ? [schema.project]
      : of === 'organization'
        ? [schema.org]
        : of === 'experiment'
          ? schema.experiments
          : of === 'dataset'
            ? schema.datasets
            : []
  return found.map((label) => ({
    label,
    kind: 'name',
    ...(of ? { detail: of } : {}),
    apply: label.replaceAll("'", "''"),
  }))
}

function words(before: string, word: string, schema: Schema): Option[] {
  const columns = /\b(project|org)_(prompts|functions)\s*\(/i.test(before) ? FUNCTION_COLUMNS : COLUMNS
  const fields: Option[] = [
    ...columns.map((label): Option => ({ label, kind: 'column' })),
    ...schema.paths.map((label): Option => ({ label, kind: 'field', detail: 'found' })),
  ]
  const alias = /^([A-Za-z_]\w*)\./.exec(word)?.[1]
  // After the alias of a source come its columns: t.metadata.tier.
  if (alias && !columns.some((name) => name === alias))
    return fields.map((option) => ({ ...option, label: `${alias}.${option.label}` }))
  if (alias) return fields
  return [
    ...fields,
    ...Object.keys(SOURCES).map((name): Option => sourceOption(name, schema)),
    ...Object.entries(FUNCTIONS).map(([name, detail]): Option => ({
      label: name,
      kind: 'function',
      detail,
      apply: `${name}(`,
    })),
    ...KEYWORDS.map((label): Option => ({ label, kind: 'keyword' })),
  ]
}

/** A source is completed up to its opening quote, or whole when it can only name one thing. */
function sourceOption(name: string, schema: Schema): Option {
  const of = SOURCES[name as keyof typeof SOURCES]
  const only = of === 'project' ? schema.project : of === 'organization' ? schema.org : null
  return {
    label: name,
    kind: 'source',
    detail: 'source',
    apply: only === null ? `${name}('` : `${name}('${only.replaceAll("'", "''")}')`,
  }
}

export type Named = { source: 'project_logs' | 'experiment' | 'dataset'; name: string }

/** The first source of spans a query names: where its fields are looked up. */
export function firstSource(query: string): Named | null {
  const found = /\b(project_logs|experiment|dataset)\s*\(\s*'((?:[^']|'')+)'/i.exec(query)
  if (!found) return null
  return { source: found[1]!.toLowerCase() as Named['source'], name: found[2]!.replaceAll("''", "'") }
}
