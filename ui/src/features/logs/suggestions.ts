import { looksLikeFilter } from '@/lib/sql'

export type Suggestion = { kind: 'filter' | 'search' | 'field'; text: string }

const MOST_FIELDS = 6
/** What people type who look for what went wrong, and the filter they mean. */
const FAILED = /^(err|erro|errors?|fail|fails|failed|failing|failures?|exceptions?)$/i
const WITH_AN_ERROR: Suggestion = { kind: 'filter', text: 'error IS NOT NULL' }

/** What Enter can do with the text in the box, likeliest first: filter, search, or complete a field name. */
export function suggestions(draft: string, fields: readonly string[]): Suggestion[] {
  const text = draft.trim()
  if (!text) return []
  const filter: Suggestion = { kind: 'filter', text }
  const search: Suggestion = { kind: 'search', text }
  if (looksLikeFilter(text)) return [filter, search]
  const completions = complete(draft, fields)
  if (FAILED.test(text)) return [WITH_AN_ERROR, search]
  // "meta" is more likely the start of a field than a word to find; "metal" is not a prefix of any.
  return completions.length ? [...completions, search] : [search]
}

/** Completions of the last word, as the whole text with the field filled in. */
function complete(draft: string, fields: readonly string[]): Suggestion[] {
  const match = /(^|[\s(])([A-Za-z_][\w."]*)$/.exec(draft)
  if (
    !match ||
    (match.index > 0 && !/\b(and|or|not)\s*\(*$/i.test(draft.slice(0, match.index + match[1]!.length)))
  )
    return []
  const word = match[2]!.toLowerCase()
  const head = draft.slice(0, draft.length - match[2]!.length)
  return fields
    .filter(
      (field) =>
        field.toLowerCase().startsWith(word) || field.toLowerCase().split('.').at(-1)!.startsWith(word),
    )
    .slice(0, MOST_FIELDS)
    .map((field) => ({ kind: 'field', text: `${head}${field} ` }))
}
