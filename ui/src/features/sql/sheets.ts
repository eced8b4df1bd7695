/** Tabs and history of the SQL page. They are this browser's own; what others shall see is saved on the server. */
import { t } from '@lingui/core/macro'
import { readPreference, usePreference, writePreference } from '@/lib/storage'

export type Sheet = { id: string; text: string; title?: string }
export type Past = { query: string; at: string; rows: number | null; failed?: boolean }
export type Sheets = { open: Sheet[]; active: string }

const MOST_PAST = 100
const LONGEST = 20_000

/** The stored tabs, or one with `text` when there are none that read. */
export function readSheets(stored: unknown, text: string): Sheets {
  const { open, active } = (stored ?? {}) as Partial<Sheets>
  const read = Array.isArray(open)
    ? open.filter((sheet): sheet is Sheet => typeof sheet?.id === 'string' && typeof sheet?.text === 'string')
    : []
  if (read.length === 0) return { open: [{ id: '1', text }], active: '1' }
  return { open: read, active: read.some((sheet) => sheet.id === active) ? active! : read[0]!.id }
}

/** Tabs with one that has `query`, and that one on top. `untouched` is the text of a tab nobody wrote in. */
export function withQuery(sheets: Sheets, query: string, untouched: string): Sheets {
  const there = sheets.open.find((sheet) => sheet.id === sheets.active && sheet.text === query)
  const found = there ?? sheets.open.find((sheet) => sheet.text === query)
  if (found) return { ...sheets, active: found.id }
  const now = sheets.open.find((sheet) => sheet.id === sheets.active)
  if (now && (now.text === untouched || now.text.trim() === ''))
    return changed(sheets, now.id, { text: query })
  return added(sheets, query)
}

export function added(sheets: Sheets, text: string): Sheets {
  const id = String(Math.max(0, ...sheets.open.map((sheet) => Number(sheet.id) || 0)) + 1)
  return { open: [...sheets.open, { id, text }], active: id }
}

export function changed(sheets: Sheets, id: string, changes: Partial<Sheet>): Sheets {
  return { ...sheets, open: sheets.open.map((sheet) => (sheet.id === id ? { ...sheet, ...changes } : sheet)) }
}

/** Without one tab; the last one is emptied instead, and its neighbour comes on top. */
export function closed(sheets: Sheets, id: string): Sheets {
  const at = sheets.open.findIndex((sheet) => sheet.id === id)
  const rest = sheets.open.filter((sheet) => sheet.id !== id)
  if (rest.length === 0) return { open: [{ id: '1', text: '' }], active: '1' }
  if (sheets.active !== id) return { open: rest, active: sheets.active }
  return { open: rest, active: rest[Math.min(at, rest.length - 1)]!.id }
}

/** What a tab is called: its name, else what its query reads. */
export function titleOf({ title, text }: Sheet): string {
  if (title) return title
  const from = /\bfrom\s*:?\s+(\w+\s*\(\s*'(?:[^']|'')*')/i.exec(text)?.[1]
  const name = from && /'(.*)'$/.exec(from)?.[1]
  return name ? name.replaceAll("''", "'") : t`Query`
}

/** What each tab is called; those that would be called the same are counted. */
export function titlesOf(sheets: readonly Sheet[]): Map<string, string> {
  const seen = new Map<string, number>()
  return new Map(
    sheets.map((sheet) => {
      const title = titleOf(sheet)
      const count = (seen.get(title) ?? 0) + 1
      seen.set(title, count)
      return [sheet.id, count > 1 ? `${title} ${count}` : title]
    }),
  )
}

export function useHistory(projectId: string): [readonly Past[], (past: Past) => void, () => void] {
  const key = `sql.history.${projectId}`
  const [stored] = usePreference<unknown>(key, [])
  return [readPast(stored), (past) => remember(key, past), () => writePreference(key, [])]
}

function readPast(stored: unknown): Past[] {
  return Array.isArray(stored) ? stored.filter((past): past is Past => typeof past?.query === 'string') : []
}

/** Newest first; a query run again moves to the top. */
function remember(key: string, past: Past): void {
  if (past.query.length > LONGEST) return
  const before = readPast(readPreference<unknown>(key, [])).filter((other) => other.query !== past.query)
  writePreference(key, [past, ...before].slice(0, MOST_PAST))
}
