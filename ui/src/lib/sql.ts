/** Small pieces of SQL, safely quoted, and how the filter box reads what is typed into it. */

/** 'it''s' */
export function literal(value: string | number | boolean | null): string {
  if (value === null) return 'NULL'
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}

/** A path such as metadata.tier or scores."Closed QA": parts that are not plain words are quoted. */
export function path(...parts: string[]): string {
  return parts
    .map((part) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.')
}

/** Predicates joined with AND, each in its own parentheses; '' when there are none. */
export function conjunction(predicates: readonly (string | null | undefined | false)[]): string {
  return predicates
    .filter((p): p is string => Boolean(p && p.trim()))
    .map((p) => `(${p.trim()})`)
    .join(' AND ')
}

export type Source = 'project_logs' | 'experiment' | 'dataset'
export type Shape = 'spans' | 'traces' | 'summary'

export type Select = {
  columns?: string
  from: Source
  id: string
  shape?: Shape
  where?: readonly (string | null | undefined | false)[]
  tail?: string
}

/** One SELECT over one object. */
export function select({ columns = '*', from, id, shape, where = [], tail = '' }: Select): string {
  const source = `${from}(${literal(id)}${shape && shape !== 'spans' ? `, shape => '${shape}'` : ''})`
  const condition = conjunction(where)
  return [`SELECT ${columns} FROM ${source}`, condition && `WHERE ${condition}`, tail]
    .filter(Boolean)
    .join(' ')
}

const ROOTS = [
  'id',
  'span_id',
  'root_span_id',
  'created',
  'input',
  'output',
  'expected',
  'error',
  'scores',
  'metadata',
  'metrics',
  'tags',
  'span_attributes',
  'is_root',
  'origin',
  'classifications',
  'facets',
  'comments',
  'context',
  '_xact_id',
]
const OPERATOR =
  /(?:[<>]=?|!=|<>|=|\b(?:is(?:\s+not)?\s+null|(?:not\s+)?in\s*[([]|(?:not\s+)?i?like\b|(?:not\s+)?match\b|between\b|includes\b))/i
const PREDICATE = new RegExp(
  `^\\s*(?:not\\b\\s*)?\\(*\\s*(?:"?(?:${ROOTS.join('|')})"?\\b|search\\s*\\()`,
  'i',
)

/** Whether the text reads as a SQL predicate over the span fields rather than as words to look for. */
export function looksLikeFilter(text: string): boolean {
  if (!PREDICATE.test(text)) return false
  return /^\s*search\s*\(/i.test(text) || OPERATOR.test(text)
}

const SUFFIX: Record<string, string> = {
  '<': 'below',
  '>': 'above',
  '<=': 'at most',
  '>=': 'at least',
  '!=': 'is not',
  '<>': 'is not',
  '=': 'is',
}

/** Field, relation and value of a simple predicate, for a chip that reads well; null for anything richer. */
export function simplePredicate(text: string): { field: string; relation: string; value: string } | null {
  const nulls = /^\s*([\w."]+)\s+is\s+(not\s+)?null\s*$/i.exec(text)
  if (nulls) return { field: short(nulls[1]!), relation: nulls[2] ? 'is set' : 'is not set', value: '' }
  const match = /^\s*([\w."]+)\s*(<=|>=|<>|!=|<|>|=)\s*('(?:[^']|'')*'|-?[\d.]+|true|false)\s*$/i.exec(text)
  if (!match) return null
  const value = match[3]!.startsWith("'") ? match[3]!.slice(1, -1).replaceAll("''", "'") : match[3]!
  return { field: short(match[1]!), relation: SUFFIX[match[2]!] ?? match[2]!, value }
}

function short(field: string): string {
  return field.replaceAll('"', '').replace(/^(scores|metrics)\./, '')
}

/** Full-text condition over the payload fields of a span. */
export function textSearch(words: string): string {
  return `search(${literal(words)})`
}
