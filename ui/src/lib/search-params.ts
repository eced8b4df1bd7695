/** What each page reads from its address; what it does not know is left out. */
import { list, oneOf, text, type Raw } from './address'

export const TRACE_VIEWS = ['trace', 'timeline', 'thread', 'graph', 'context', 'raw'] as const
export type TraceView = (typeof TRACE_VIEWS)[number]

/** What the bars of the timeline measure; time when nothing is said. */
export const TIMELINE_BY = ['time', 'tokens', 'cost'] as const
export type TimelineBy = (typeof TIMELINE_BY)[number]

/** `r` root span, `s` span, `tvt` how the trace is shown, `tlb` what its timeline measures, `full` the trace takes the whole page. */
export type TraceSearch = { r?: string; s?: string; tvt?: TraceView; tlb?: TimelineBy; full?: '1' }

export function traceSearch(raw: Raw): TraceSearch {
  return {
    r: text(raw, 'r'),
    s: text(raw, 's'),
    tvt: oneOf(raw, 'tvt', TRACE_VIEWS),
    tlb: oneOf(raw, 'tlb', TIMELINE_BY),
    full: oneOf(raw, 'full', ['1']),
  }
}

/** What a row of the logs is, besides a trace. */
export const ROW_TYPES = ['spans', 'sessions', 'users', 'groups'] as const
export type RowType = (typeof ROW_TYPES)[number]
export const GROUP_ORDERS = ['traces', 'errors', 'duration', 'tokens', 'cost'] as const

/**
 * What the table shows. `t` time range, `q` words, `f` SQL predicates, `view` what a row is, `by` the field or expression
 * of groups, `sort` their order (newest first without), `o` the column by which rows are in order (`-` before it: the
 * largest first; newest first without), `col` columns of one's own, `order` of columns, `hide` columns, `pin` columns that
 * stay at the left edge, `tall` rows of several lines, `bar` what the bars above the table measure, `side` the fields beside
 * it.
 */
export type LogsShown = {
  t?: string
  q?: string
  f?: string[]
  view?: RowType
  by?: string
  sort?: (typeof GROUP_ORDERS)[number]
  o?: string
  col?: string[]
  order?: string[]
  hide?: string
  pin?: string[]
  tall?: '1'
  bar?: string
  side?: '1'
}

/** Also `v` the saved view (`none`: what is built in), `live` tail on, `oid` a row id to find, `why` what sets the found traces apart, `vs` a
 * second trace beside the one that is open. */
export type LogsSearch = TraceSearch &
  LogsShown & { v?: string; live?: '1'; oid?: string; why?: '1'; vs?: string }

export function logsShown(raw: Raw): LogsShown {
  return {
    t: text(raw, 't'),
    q: text(raw, 'q'),
    f: list(raw, 'f'),
    view: oneOf(raw, 'view', ROW_TYPES),
    by: text(raw, 'by'),
    sort: oneOf(raw, 'sort', GROUP_ORDERS),
    o: text(raw, 'o'),
    col: list(raw, 'col'),
    order: list(raw, 'order'),
    hide: text(raw, 'hide'),
    pin: list(raw, 'pin'),
    tall: oneOf(raw, 'tall', ['1']),
    bar: text(raw, 'bar'),
    side: oneOf(raw, 'side', ['1']),
  }
}

export function logsSearch(raw: Raw): LogsSearch {
  return {
    ...traceSearch(raw),
    ...logsShown(raw),
    v: text(raw, 'v'),
    live: oneOf(raw, 'live', ['1']),
    oid: text(raw, 'oid'),
    why: oneOf(raw, 'why', ['1']),
    vs: text(raw, 'vs'),
  }
}

export const LIST_LAYOUTS = ['table', 'plot'] as const
/**
 * How experiments are listed. `q` words in their names, tags and branches, `archived` those put away, `layout` table or
 * plot, `x` and `y` the numbers of the plot, `by` the field that divides the history, `hide` columns, `o` the column of
 * their order (`-` before it: the largest first; newest first without).
 */
export type ExperimentsShown = {
  q?: string
  archived?: '1'
  layout?: (typeof LIST_LAYOUTS)[number]
  x?: string
  y?: string
  by?: string
  hide?: string
  o?: string
}

/** Also `v` the saved view (`none`: what is built in). */
export type ExperimentsSearch = ExperimentsShown & { v?: string }

export function experimentsShown(raw: Raw): ExperimentsShown {
  return {
    q: text(raw, 'q'),
    archived: oneOf(raw, 'archived', ['1']),
    layout: oneOf(raw, 'layout', LIST_LAYOUTS),
    x: text(raw, 'x'),
    y: text(raw, 'y'),
    by: text(raw, 'by'),
    hide: text(raw, 'hide'),
    o: text(raw, 'o'),
  }
}

export function experimentsSearch(raw: Raw): ExperimentsSearch {
  return { ...experimentsShown(raw), v: text(raw, 'v') }
}

export const CASE_FILTERS = [
  'all',
  'improved',
  'regressed',
  'unchanged',
  'flaky',
  'errors',
  'unmatched',
] as const
export const CASE_LAYOUTS = ['list', 'grid', 'summary', 'plot'] as const
export type CaseLayout = (typeof CASE_LAYOUTS)[number]

/** Confidences to choose beside the usual 0.95. */
export const LEVELS = ['0.9', '0.99', '0.999'] as const

/**
 * How a comparison is judged where not as the project says: `cluster` a path whose value dependent cases share (`none`:
 * all are independent), `margin` of equivalence, `correction` over several scores, `level` of the intervals, `method` that
 * makes them.
 */
export type Judging = {
  cluster?: string | undefined
  margin?: string | undefined
  correction?: 'holm' | 'bh' | undefined
  level?: string | undefined
  method?: 'auto' | 'bca' | undefined
}

export function judgingSearch(raw: Raw): Judging {
  return {
    cluster: text(raw, 'cluster'),
    margin: number(raw, 'margin', (value) => value >= 0),
    correction: oneOf(raw, 'correction', ['holm', 'bh']),
    level: number(raw, 'level', (value) => value >= 0.5 && value < 1),
    method: oneOf(raw, 'method', ['auto', 'bca']),
  }
}

/** A number in the text it was given as; nothing for what is none, or not allowed. */
function number(raw: Raw, key: string, allowed: (value: number) => boolean): string | undefined {
  const value = text(raw, key)
  return value && /^\d*\.?\d+$/.test(value) && allowed(Number(value)) ? value : undefined
}

/**
 * `c` baselines by name, the main one first; `filter` which cases, `score` whose improvements count, `slice` a path to
 * group by, `part` the value of it whose cases are shown (`-` those without one), `layout` how cases are shown, `x` and `y` the numbers of the plot, `side` whose trace is open (`baseline`,
 * or the number of a further one), `both` that and its counterpart (`steps`: step by step), `panel` what is open beside the cases, `diff` off, `ask` the questions to people that have a column.
 */
export type ExperimentSearch = TraceSearch &
  Judging & {
    c?: string[]
    filter?: (typeof CASE_FILTERS)[number]
    score?: string
    slice?: string
    part?: string
    layout?: CaseLayout
    x?: string
    y?: string
    side?: string
    both?: '1' | 'steps'
    panel?: 'details'
    diff?: 'off'
    ask?: string[]
  }

export function experimentSearch(raw: Raw): ExperimentSearch {
  const both = oneOf(raw, 'both', ['1', 'steps'])
  const trace = traceSearch(raw)
  return {
    ...trace,
    full: both ? '1' : trace.full, // two traces need the whole page
    ...judgingSearch(raw),
    c: list(raw, 'c'),
    filter: oneOf(raw, 'filter', CASE_FILTERS),
    score: text(raw, 'score'),
    slice: text(raw, 'slice'),
    part: text(raw, 'part'),
    layout: oneOf(raw, 'layout', CASE_LAYOUTS),
    x: text(raw, 'x'),
    y: text(raw, 'y'),
    side: text(raw, 'side'),
    both,
    panel: oneOf(raw, 'panel', ['details']),
    diff: oneOf(raw, 'diff', ['off']),
    ask: list(raw, 'ask'),
  }
}

/**
 * How the rows of a dataset are shown. `q` words, `f` SQL predicates (a split is one), `o` the column of their order (`-`
 * before it: the largest first; newest first without), `order` of columns, `hide` columns.
 */
export type DatasetShown = { q?: string; f?: string[]; o?: string; order?: string[]; hide?: string }

/** Also `r` the row on show, `view` the saved view (`none`: what is built in), `v` the version read, `vs` the version compared with, `side` the list of versions, `tab` how rows did in experiments, or what is wrong with them. */
export type DatasetSearch = DatasetShown & {
  r?: string
  view?: string
  v?: string
  vs?: string
  side?: 'versions'
  tab?: 'performance' | 'checks'
}

export function datasetShown(raw: Raw): DatasetShown {
  return {
    q: text(raw, 'q'),
    f: list(raw, 'f'),
    o: text(raw, 'o'),
    order: list(raw, 'order'),
    hide: text(raw, 'hide'),
  }
}

export function datasetSearch(raw: Raw): DatasetSearch {
  return {
    ...datasetShown(raw),
    r: text(raw, 'r'),
    view: text(raw, 'view'),
    v: version(raw, 'v'),
    vs: version(raw, 'vs'),
    side: oneOf(raw, 'side', ['versions']),
    tab: oneOf(raw, 'tab', ['performance', 'checks']),
  }
}

/** A transaction id in decimal. */
function version(raw: Raw, key: string): string | undefined {
  const value = text(raw, key)
  return value && /^\d{1,20}$/.test(value) ? value : undefined
}

/** `v` the version on show, `vs` the version it is compared with, `side` the list of versions. */
export type StoredSearch = Pick<DatasetSearch, 'v' | 'vs' | 'side'>

export function storedSearch(raw: Raw): StoredSearch {
  return {
    v: version(raw, 'v'),
    vs: version(raw, 'vs'),
    side: oneOf(raw, 'side', ['versions']),
  }
}

/** What a link that knows ids only carries: the object, and a row (`id`) or a span (`r`, `s`) of it. */
export type ObjectSearch = {
  object_type?: string
  object_id?: string
  project_id?: string
  project_name?: string
  id?: string
  r?: string
  s?: string
}

export function objectSearch(raw: Raw): ObjectSearch {
  return {
    object_type: text(raw, 'object_type'),
    object_id: text(raw, 'object_id'),
    project_id: text(raw, 'project_id'),
    project_name: text(raw, 'project_name'),
    id: text(raw, 'id'),
    r: text(raw, 'r'),
    s: text(raw, 's'),
  }
}

/** `t` time range. */
export type OverviewSearch = { t?: string }

export function overviewSearch(raw: Raw): OverviewSearch {
  return { t: text(raw, 't') }
}

/** `t` time range, `q` words, `f` SQL predicates, `by` field of the lines, `prev` with the period before, `scoring` with the work of scorers, `board` the id of a saved board. */
export type MonitorSearch = {
  t?: string
  q?: string
  f?: string[]
  by?: string
  prev?: '1'
  scoring?: '1'
  /** Filters pick rows, not whole traces. */
  rows?: '1'
  /** The charts follow the clock. */
  live?: '1'
  board?: string
}

export function monitorSearch(raw: Raw): MonitorSearch {
  return {
    t: text(raw, 't'),
    q: text(raw, 'q'),
    f: list(raw, 'f'),
    by: text(raw, 'by'),
    prev: oneOf(raw, 'prev', ['1']),
    scoring: oneOf(raw, 'scoring', ['1']),
    rows: oneOf(raw, 'rows', ['1']),
    live: oneOf(raw, 'live', ['1']),
    board: text(raw, 'board'),
  }
}

export const REVIEW_STATES = ['open', 'done', 'all'] as const

/** `of` what is reviewed (logs, `experiment:name`, `dataset:name`), `state` which rows, `r` the row on show. */
export type ReviewSearch = {
  of?: string
  t?: string
  q?: string
  f?: string[]
  state?: (typeof REVIEW_STATES)[number]
  r?: string
}

export function reviewSearch(raw: Raw): ReviewSearch {
  return {
    of: text(raw, 'of'),
    t: text(raw, 't'),
    q: text(raw, 'q'),
    f: list(raw, 'f'),
    state: oneOf(raw, 'state', REVIEW_STATES),
    r: text(raw, 'r'),
  }
}

/** `query` the SQL that ran, `show` its rows as a chart. */
export type SqlSearch = { query?: string; show?: 'chart' | 'plan' }

export function sqlSearch(raw: Raw): SqlSearch {
  return { query: text(raw, 'query'), show: oneOf(raw, 'show', ['chart', 'plan']) }
}

/** `tab` which part of the settings is open; the rest narrows the audit log: `t` time, `do` actions, `of` types of object, `who` id of a person or key, `obj` id of an object, `e` the entry on show. */
export type SettingsSearch = {
  tab?: string
  t?: string
  do?: string[]
  of?: string[]
  who?: string
  obj?: string
  e?: string
}

export function settingsSearch(raw: Raw): SettingsSearch {
  return {
    tab: text(raw, 'tab'),
    t: text(raw, 't'),
    do: list(raw, 'do'),
    of: list(raw, 'of'),
    who: text(raw, 'who'),
    obj: text(raw, 'obj'),
    e: text(raw, 'e'),
  }
}

/** A page of a shared link: what is on show of it, and `embed` without anything around. */
export type SharedSearch = Omit<ExperimentSearch, 'c' | 'panel'> & Pick<MonitorSearch, 't'> & { embed?: '1' }

export function sharedSearch(raw: Raw): SharedSearch {
  const { c: _baselines, panel: _panel, ...shown } = experimentSearch(raw)
  return { ...shown, t: text(raw, 't'), embed: oneOf(raw, 'embed', ['1']) }
}

/** `q` words that a list is narrowed to. */
export type WordsSearch = { q?: string }
export const wordsSearch = (raw: Raw): WordsSearch => ({ q: text(raw, 'q') })
