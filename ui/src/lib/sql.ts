/** Small pieces of SQL, safely quoted, and how the filter box reads what is typed into it. */
import { t } from '@lingui/core/macro'
import { anyOf } from './format'

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
  `^\\s*(?:not\\b\\s*)?\\(*\\s*(?:"?(?:${ROOTS.join('|')})"?\\b|(?:search|any_span)\\s*\\()`,
  'i',
)

/** Whether the text reads as a SQL predicate over the span fields rather than as words to look for. */
export function looksLikeFilter(text: string): boolean {
  if (!PREDICATE.test(text)) return false
  return /^\s*(?:not\b\s*)?(?:search|any_span)\s*\(/i.test(text) || OPERATOR.test(text)
}

const SUFFIX: Record<string, string> = {
  '<': 'below',
  '>': 'above',
  '<=': 'at most',
  '>=': 'at least',
  '!=': 'is not',
  '<>': 'is not',
  '=': 'is',
  includes: 'has',
}

const LITERAL = String.raw`'(?:[^']|'')*'|-?\d[\d.]*(?:e[+-]?\d+)?|true|false`
const FIELD = String.raw`((?:[\w.]|"[^"]*")+)`
const NULLS = new RegExp(String.raw`^${FIELD}\s+is\s+(not\s+)?null$`, 'i')
const COMPARED = new RegExp(String.raw`^${FIELD}\s*(<=|>=|<>|!=|<|>|=|includes\b)\s*(${LITERAL})$`, 'i')
const LISTED = new RegExp(
  String.raw`^${FIELD}\s+in\s*\(\s*((?:${LITERAL})(?:\s*,\s*(?:${LITERAL}))*)\s*\)$`,
  'i',
)
const BETWEEN = new RegExp(
  String.raw`^${FIELD}\s*>=\s*(${LITERAL})\s+and\s+${FIELD}\s*(<=?)\s*(${LITERAL})$`,
  'i',
)

/** `any_span(condition)` without what is around the condition. */
export function withinSpan(text: string): string {
  return /^\s*any_span\(([^]*)\)\s*$/i.exec(text)?.[1] ?? text
}

/** The values that `field = value` or `field IN (…)` allow, as SQL; null for any other predicate. */
export function allowedValues(text: string): { field: string; values: string[] } | null {
  const inner = withinSpan(text).trim()
  const listed = LISTED.exec(inner)
  if (listed) return { field: listed[1]!, values: listed[2]!.match(new RegExp(LITERAL, 'gi')) ?? [] }
  const compared = COMPARED.exec(inner)
  return compared?.[2] === '=' ? { field: compared[1]!, values: [compared[3]!] } : null
}

type Simple = { field: string; relation: string; value: string }

/** Field, relation and value of a simple predicate, for a chip that reads well; null for anything richer. */
export function simplePredicate(text: string): Simple | null {
  const without = /^\s*not\s+(any_span\([^]*)$/i.exec(text)
  const inner = withinSpan(without?.[1] ?? text).trim()
  const nulls = NULLS.exec(inner)
  if (nulls) {
    const set = Boolean(nulls[2]) !== Boolean(without)
    return { field: short(nulls[1]!), relation: set ? 'is set' : 'is not set', value: '' }
  }
  return without ? null : comparison(inner)
}

function comparison(text: string): Simple | null {
  const between = BETWEEN.exec(text)
  if (between && between[1] === between[3]) {
    const [from, to] = [plain(between[2]!), plain(between[5]!)]
    return {
      field: short(between[1]!),
      relation: 'from',
      value: between[4] === '<' ? t`${from} to below ${to}` : t`${from} to ${to}`,
    }
  }
  const allowed = allowedValues(text)
  if (allowed) return { field: short(allowed.field), relation: 'is', value: anyOf(allowed.values.map(plain)) }
  const match = COMPARED.exec(text)
  if (!match) return null
  const relation = match[2]!.toLowerCase()
  return { field: short(match[1]!), relation: SUFFIX[relation] ?? relation, value: plain(match[3]!) }
}

/** A literal as people read it. */
function plain(sql: string): string {
  return sql.startsWith("'") ? sql.slice(1, -1).replaceAll("''", "'") : sql
}

function short(field: string): string {
  return field.replaceAll('"', '').replace(/^(scores|metrics)\./, '')
}

/** Full-text condition over the payload fields of a span. */
export function textSearch(words: string): string {
  return `search(${literal(words)})`
}
