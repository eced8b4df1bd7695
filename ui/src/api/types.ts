import type { Json, JsonObject } from '@/lib/json'

export type Me = {
  user: { id: string; email: string | null; name: string | null; role: 'owner' | 'member' | 'viewer' }
  org: { id: string; name: string }
  version: string
  scripted: boolean
}

export type Project = {
  id: string
  org_id: string
  name: string
  description?: string | null
  created: string
  settings?: { comparison_key?: string | null; baseline_experiment_id?: string | null } | null
}

export type RepoInfo = {
  commit?: string | null
  branch?: string | null
  dirty?: boolean | null
  author_name?: string | null
  commit_message?: string | null
}

export type Experiment = {
  id: string
  project_id: string
  name: string
  description?: string | null
  created: string
  repo_info?: RepoInfo | null
  commit?: string | null
  base_exp_id?: string | null
  dataset_id?: string | null
  dataset_version?: string | null
  metadata?: JsonObject | null
  tags?: string[] | null
  /** Put away: left out of lists, and no baseline unless it is named. */
  archived?: boolean
  /** What its runner said last. */
  progress?: { planned?: number | null; state: RunState; reported: string } | null
  user_id?: string | null
}

export type RunState = 'running' | 'finished' | 'failed' | 'interrupted'

/** How far a run is; `stalled` says it is running and sends nothing. */
export type RunProgress = {
  state: RunState | 'stalled' | null
  planned: number | null
  arrived: number
  errors: number
  last: string | null
}

export type Dataset = {
  id: string
  project_id: string
  name: string
  description?: string | null
  created: string
  metadata?: JsonObject | null
}

export type SpanAttributes = { name?: string | null; type?: string | null; purpose?: string | null }
export type Origin = {
  object_type?: string
  object_id?: string
  id?: string
  _xact_id?: string
  created?: string
}

/** A row as reads return it. Lists that select columns leave the others out. */
export type Row = {
  id: string
  span_id: string
  root_span_id: string
  span_parents: string[] | null
  is_root: boolean
  created: string
  _xact_id: string
  input?: Json
  output?: Json
  expected?: Json
  error?: Json
  scores: Record<string, number | null> | null
  metadata: JsonObject | null
  metrics: Record<string, number | null> | null
  span_attributes: SpanAttributes | null
  tags: string[] | null
  origin?: Origin | null
  comments?: Json
  /** What feedback changed, where there was any. */
  audit_data?: Json
}

export type Answer<T> = {
  data: T[]
  cursor: string | null
  warnings?: { code: string; message: string }[]
  schema?: { items?: { properties?: Record<string, unknown> } }
}

export type Verdict = 'better' | 'worse' | 'equivalent' | 'inconclusive'
export type Interval = [number, number]

export type ComparedItem = {
  name: string
  unit: string
  direction: 'higher' | 'lower'
  mean: number | null
  interval: Interval | null
  interval_method: string
  n: number
  nulls: number
  missing: number
  coverage: number | null
  baseline_mean: number | null
  baseline_interval: Interval | null
  baseline_interval_method: string
  baseline_coverage: number | null
  diff: number | null
  diff_interval: Interval | null
  p: number | null
  p_raw: number | null
  method: string | null
  paired: boolean
  effect: number | null
  detectable: number | null
  margin: number
  verdict: Verdict | null
  improvements: number
  regressions: number
  unchanged: number
  pairs: number
  units: number
}

export type ComparedExperiment = {
  id: string
  name: string
  project_id: string
  project_name: string
  created: string
  dataset_id: string | null
  dataset_version: string | null
  repo_info: RepoInfo | null
  metadata: JsonObject | null
}

export type Spend = { tokens: number | null; cost: number | null }

export type CaseCounts = { total: number; matched: number; only_experiment: number; only_baseline: number }
export type Caveat = { code: string; message: string }

export type UnmatchedCase = {
  side: 'experiment' | 'baseline'
  reason: 'no_key' | 'changed' | 'no_partner'
  key: string
  row_id: string
  root_span_id: string
  partner_row_id: string | null
}

export type Slice = { value: string | null; cases: CaseCounts; scores: ComparedItem[] }

/** What a run like this one can show. */
export type Plan = {
  scores: {
    name: string
    basis: 'pairs' | 'trials' | 'independent'
    detectable: number | null
    difference: number
    cases_needed: number | null
    text: string
  }[]
  forecast: { cases: number; trials: number; cost: number | null; seconds: number | null }
}

export type Share = { mean: number; interval: Interval | null; cases: number }
export type CaseLabel = 'stable_pass' | 'stable_fail' | 'flaky'

export type Reliability = {
  history: ComparedExperiment[]
  scores: {
    name: string
    threshold: number
    chances: { k: number; any: Share; all: Share }[]
    variance: { case: number | null; sampling: number | null; judge: number | null; total: number }
    labels: Record<CaseLabel, number>
  }[]
  score: string | null
  cases: {
    key: string
    label: CaseLabel
    row_id: string
    root_span_id: string
    input: Json
    history: { experiment_id: string; trials: number; passed: number }[]
  }[]
  cursor: string | null
}

/** The same experiment against one more baseline. */
export type Against = {
  baseline: ComparedExperiment
  cases: CaseCounts
  scores: ComparedItem[]
  metrics: ComparedItem[]
  warnings: Caveat[]
}

export type Comparison = {
  experiment: ComparedExperiment
  baseline: ComparedExperiment | null
  comparison_key: string
  cluster_key: string | null
  slice_key: string | null
  level: number
  correction: 'holm' | 'bh'
  method: 'auto' | 'bca'
  cases: CaseCounts
  scores: ComparedItem[]
  metrics: ComparedItem[]
  totals: {
    cases: number
    rows: number
    errors: number
    duration: number | null
    task: Spend
    scoring: Spend
  }
  unmatched: UnmatchedCase[]
  slices: Slice[]
  others: Against[]
  warnings: Caveat[]
}

export type CaseFilter = 'all' | 'improved' | 'regressed' | 'unchanged' | 'flaky' | 'errors' | 'unmatched'
export type CaseValue = { value: number | null; baseline: number | null; delta: number | null }

/** One run of a case by itself. */
export type Trial = {
  root_span_id: string
  row_id: string
  scores: Record<string, number | null>
  duration: number | null
  failed: boolean
}

/** The same case in one more baseline. */
export type OtherCase = {
  output: Json
  error: Json
  root_span_id: string
  row_id: string
  scores: Record<string, number | null>
  metrics: Record<string, number | null>
}

export type Case = {
  key: string
  input: Json
  expected: Json
  output: Json
  error: Json
  scores: Record<string, CaseValue>
  metrics: Record<string, CaseValue>
  trials: number
  root_span_id: string | null
  row_id: string | null
  baseline: { output: Json; error: Json; root_span_id: string | null; row_id: string | null } | null
  tags: string[] | null
  metadata: JsonObject | null
  flaky: boolean
  /** What the cluster key says of it; null without a key, and for a case of its own. */
  cluster: string | null
  runs: Trial[]
  others: (OtherCase | null)[]
}

export type CasesPage = { cases: Case[]; cursor: string | null; counts: Record<CaseFilter, number> }

export type DatasetEvent = {
  id: string
  input?: Json
  expected?: Json
  metadata?: JsonObject | null
  tags?: string[] | null
  origin?: Origin
  _is_merge?: boolean
  /** Paths a merge replaces instead of merging into. */
  _merge_paths?: string[][]
  _object_delete?: boolean
}
