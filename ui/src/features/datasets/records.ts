/** Records out of CSV, TSV (what spreadsheets copy), JSON and JSONL. What cannot be read is named, the rest survives. */
import { plural, t } from '@lingui/core/macro'
import { isObject, parseJson, type Json, type JsonObject } from '@/lib/json'

export type Format = 'csv' | 'tsv' | 'json' | 'jsonl'
/** `line` counts from 1 in the text; of JSON it is the place in the list. */
export type Problem = { line: number; message: string }
export type SourceRecord = { line: number; values: JsonObject }
export type Records = { format: Format; columns: string[]; records: SourceRecord[]; problems: Problem[] }

/** Tell the format by the name of the file, else by the text. */
export function formatOf(text: string, name = ''): Format {
  const ending = /\.(csv|tsv|jsonl|ndjson|json)$/i.exec(name)?.[1]?.toLowerCase()
  if (ending) return ending === 'ndjson' ? 'jsonl' : (ending as Format)
  const start = text.trimStart()
  if (start.startsWith('[')) return 'json'
  if (start.startsWith('{'))
    return parseJson(start.split('\n', 1)[0]!).ok && start.trimEnd().includes('\n') ? 'jsonl' : 'json'
  return start.split('\n', 1)[0]!.includes('\t') ? 'tsv' : 'csv'
}

export function readRecords(text: string, name = ''): Records {
  const format = formatOf(text, name)
  const bare = text.replace(/^\uFEFF/, '')
  const { records, problems } =
    format === 'json'
      ? fromJson(bare)
      : format === 'jsonl'
        ? fromJsonl(bare)
        : fromTable(bare, format === 'tsv' ? '\t' : ',')
  const columns = [...new Set(records.flatMap(({ values }) => Object.keys(values)))]
  return { format, columns, records, problems }
}

type Read = { records: SourceRecord[]; problems: Problem[] }

function collect(items: readonly { line: number; value: Json }[]): Read {
  const read: Read = { records: [], problems: [] }
  for (const { line, value } of items)
    if (isObject(value)) read.records.push({ line, values: value })
    else read.problems.push({ line, message: t`not a JSON object` })
  return read
}

function fromJson(text: string): Read {
  const parsed = parseJson(text)
  if (!parsed.ok)
    return {
      records: [],
      problems: [{ line: parsed.line, message: t`column ${parsed.column}: ${parsed.message}` }],
    }
  const inner = isObject(parsed.value)
    ? [parsed.value.rows, parsed.value.events].find(Array.isArray)
    : undefined
  const list = inner ?? (Array.isArray(parsed.value) ? parsed.value : [parsed.value])
  return collect(list.map((value, i) => ({ line: i + 1, value })))
}

function fromJsonl(text: string): Read {
  const problems: Problem[] = []
  const items = text.split('\n').flatMap((source, i) => {
    if (!source.trim()) return []
    const parsed = parseJson(source)
    if (parsed.ok) return [{ line: i + 1, value: parsed.value }]
    problems.push({ line: i + 1, message: t`column ${parsed.column}: ${parsed.message}` })
    return []
  })
  const read = collect(items)
  return {
    records: read.records,
    problems: [...problems, ...read.problems].toSorted((a, b) => a.line - b.line),
  }
}

function fromTable(text: string, separator: string): Read {
  const { rows, problems } = cells(text, separator)
  const [heading, ...body] = rows
  if (!heading) return { records: [], problems }
  const names = heading.cells.map((cell, i) => cell.trim() || t`column ${i + 1}`)
  const doubled = names.find((name, i) => names.indexOf(name) !== i)
  if (doubled !== undefined)
    return { records: [], problems: [{ line: 1, message: t`two columns are called ${doubled}` }] }
  const records: SourceRecord[] = []
  for (const { line, cells: row } of body)
    if (row.length === names.length)
      records.push({ line, values: Object.fromEntries(names.map((name, i) => [name, valueOf(row[i]!)])) })
    else
      problems.push({
        line,
        message: t`${plural(row.length, { one: '# cell', other: '# cells' })}, the heading has ${names.length}`,
      })
  return { records, problems }
}

/** Text, but JSON where it looks like an object or a list and is one; nothing when empty. */
function valueOf(cell: string): Json {
  if (cell === '') return null
  if (!/^\s*[[{]/.test(cell)) return cell
  const parsed = parseJson(cell)
  return parsed.ok ? parsed.value : cell
}

type Row = { line: number; cells: string[] }

/** RFC 4180: quoted cells may hold separators, line breaks and doubled quotes. */
function cells(text: string, separator: string): { rows: Row[]; problems: Problem[] } {
  const rows: Row[] = []
  const problems: Problem[] = []
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^${separator}"\\n\\r][^${separator}\\n\\r]*)?)(${separator}|\\r?\\n|$)`,
    'y',
  )
  let line = 1
  let row: Row = { line, cells: [] }
  let at = 0
  while (at < text.length) {
    cell.lastIndex = at
    const found = cell.exec(text)
    if (!found) {
      problems.push({ line, message: t`a quoted cell does not end, or text follows its end` })
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end + 1
      line++
      row = { line, cells: [] }
      continue
    }
    const [whole, quoted, plain = '', end] = found
    row.cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    at += whole.length
    line += whole.split('\n').length - 1
    if (end === separator && at < text.length) continue
    if (end === separator) row.cells.push('')
    if (row.cells.length > 1 || row.cells[0] !== '') rows.push(row)
    row = { line, cells: [] }
  }
  return { rows, problems }
}
