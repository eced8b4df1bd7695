/** The words of the query language, for completion. docs/sql.md describes them. */

export const KEYWORDS = [
  'SELECT', 'FROM', 'WHERE', 'GROUP BY', 'HAVING', 'ORDER BY', 'LIMIT', 'OFFSET', 'AS', 'AND', 'OR', 'NOT', 'IN',
  'IS NULL', 'IS NOT NULL', 'LIKE', 'ILIKE', 'MATCH', 'INCLUDES', 'BETWEEN', 'EXISTS', 'CASE', 'WHEN', 'THEN',
  'ELSE', 'END', 'DISTINCT', 'ASC', 'DESC', 'NULLS FIRST', 'NULLS LAST', 'JOIN', 'LEFT JOIN', 'INNER JOIN',
  'FULL JOIN', 'CROSS JOIN', 'ON', 'USING', 'WITH', 'UNION', 'INTERSECT', 'EXCEPT', 'PIVOT', 'UNPIVOT', 'OVER',
  'PARTITION BY', 'FILTER', 'INTERVAL', 'SETTINGS preview_length =', 'TRUE', 'FALSE', 'NULL',
] // prettier-ignore

/** Sources by what their argument names. */
export const SOURCES = {
  project_logs: 'project',
  experiment: 'experiment',
  dataset: 'dataset',
  project_prompts: 'project',
  project_functions: 'project',
  org_prompts: 'organization',
  org_functions: 'organization',
} as const

export const SHAPES = ['spans', 'traces', 'summary']

export const COLUMNS = [
  'id', 'span_id', 'root_span_id', 'span_parents', 'is_root', 'created', 'input', 'output', 'expected', 'error',
  'scores', 'metadata', 'metrics', 'span_attributes', 'tags', 'context', 'origin', 'classifications', 'facets',
  'comments', 'project_id', 'org_id', '_xact_id', '_pagination_key', 'log_id', 'experiment_id', 'dataset_id',
  'extra', 'span_attributes.name', 'span_attributes.type', 'span_attributes.purpose', 'origin.id',
  'origin.object_id', 'origin.object_type',
] // prettier-ignore

/** Columns of stored prompts and functions. */
export const FUNCTION_COLUMNS = [
  'id', 'project_id', 'org_id', 'name', 'slug', 'description', 'function_type', '_xact_id', 'created', 'user_id',
  'prompt_data', 'prompt_data.prompt', 'prompt_data.options.model', 'function_data', 'function_data.type',
  'function_schema', 'metadata', 'origin', 'tags',
] // prettier-ignore

export const FUNCTIONS: Readonly<Record<string, string>> = {
  now: '()', current_date: '()', today: '()', date_trunc: "('hour', time)", second: '(time)', minute: '(time)',
  hour: '(time)', day: '(time)', week: '(time)', month: '(time)', quarter: '(time)', year: '(time)',
  day_of_week: '(time)', extract: '(hour FROM time)', lower: '(text)', upper: '(text)', trim: '(text)',
  concat: '(text, …)', replace: '(text, from, to)', substring: '(text, start, length)',
  starts_with: '(text, start)', ends_with: '(text, end)', position: '(part, text)', contains: '(text, part)',
  len: '(value)', length: '(value)', round: '(number, digits)', abs: '(number)', floor: '(number)',
  ceil: '(number)', sqrt: '(number)', exp: '(number)', ln: '(number)', log10: '(number)', sign: '(number)',
  power: '(base, exponent)', least: '(a, b)', greatest: '(a, b)', json_extract: "(value, '$.path')",
  json_array_length: '(value)', array_length: '(list)', coalesce: '(a, b)', ifnull: '(a, b)',
  nullif: '(a, b)', if: '(condition, a, b)', to_string: '(value)', to_number: '(value)',
  to_integer: '(value)', to_boolean: '(value)', to_date: '(value)', to_datetime: '(value)',
  to_json: '(text)', search: "('words')", any_span: '(condition)', filter_spans: '(condition)',
  estimated_cost: '()', count: '(*)', count_distinct: '(value)', count_if: '(condition)', sum: '(number)',
  avg: '(number)', min: '(value)', max: '(value)', percentile: '(number, 0.95)', median: '(number)',
  stddev: '(number)', variance: '(number)', any_value: '(value)', array_agg: '(value)', row_number: '()',
  rank: '()', dense_rank: '()', lag: '(value)', lead: '(value)', first_value: '(value)',
  last_value: '(value)', ntile: '(n)',
} // prettier-ignore
