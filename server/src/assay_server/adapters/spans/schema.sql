-- Span rows of every object (project logs, experiments, datasets, playgrounds). See docs/design/002-span-store.md.
--
-- Truth: the String columns hold the exact JSON text that was sent ('' = absent or null). metadata_x, scores_x,
-- metrics_x and cost_x are derived from them: fast to filter, never returned.
-- created is part of the sort key, so it never changes between versions of a row. _ver is 0 for project logs (a newer
-- row replaces an older one) and the transaction id for experiments and datasets (every version stays readable).
-- No partitions: one insert is one part, so a micro-batch is either there or not.
CREATE TABLE IF NOT EXISTS spans (
  project_id       LowCardinality(String),
  object_type      LowCardinality(String),                  -- project_logs | experiment | dataset | playground_logs
  object_id        LowCardinality(String),
  created          DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  root_span_id     String,
  id               String,
  span_id          String,
  span_parents     Array(String),
  is_root          Bool,
  _xact_id         UInt64 CODEC(Delta, ZSTD(1)),
  _seq             UInt32,                                  -- position of the row in its transaction
  _ver             UInt64,
  _deleted         UInt8,
  name             LowCardinality(String),                  -- span_attributes.name, '' = none
  type             LowCardinality(String),                  -- span_attributes.type, '' = none
  purpose          LowCardinality(String),                  -- span_attributes.purpose, '' = none
  span_attributes  String CODEC(ZSTD(1)),
  input            String CODEC(ZSTD(3)),
  output           String CODEC(ZSTD(3)),
  expected         String CODEC(ZSTD(3)),
  error            String CODEC(ZSTD(1)),
  metadata         String CODEC(ZSTD(3)),
  scores           String CODEC(ZSTD(1)),
  metrics          String CODEC(ZSTD(1)),
  tags             Array(LowCardinality(String)),
  context          String CODEC(ZSTD(1)),
  origin           String CODEC(ZSTD(1)),
  classifications  String CODEC(ZSTD(1)),
  facets           String CODEC(ZSTD(1)),
  comments         String CODEC(ZSTD(1)),                   -- JSON array of comment entries
  author           LowCardinality(String),                  -- who wrote this version: user id, or user id/key id
  extra            String CODEC(ZSTD(1)),                   -- JSON object of unknown top-level fields
  metadata_x       JSON(max_dynamic_paths=64),
  scores_x         Map(LowCardinality(String), Nullable(Float64)),
  metrics_x        Map(LowCardinality(String), Nullable(Float64)),
  cost_x           Map(LowCardinality(String), Nullable(Float64)), -- dollars of prompt, cached, creation, completion, reasoning
  INDEX ix_root root_span_id TYPE bloom_filter(0.005) GRANULARITY 1,
  INDEX ix_id id TYPE bloom_filter(0.005) GRANULARITY 1,
  INDEX ix_xact _xact_id TYPE minmax GRANULARITY 1,
  INDEX words lower(concat(input, ' ', output, ' ', expected, ' ', error, ' ', metadata, ' ', arrayStringConcat(tags, ' '), ' ', name))
    TYPE text(tokenizer = 'splitByNonAlpha')
) ENGINE = ReplacingMergeTree(_xact_id, _deleted)
ORDER BY (project_id, object_id, created, root_span_id, id, _ver)
SETTINGS index_granularity = 1024,                          -- a rare hit reads 1,024 payloads, not 8,192
         min_bytes_for_wide_part = 10485760, min_level_for_wide_part = 1,
         object_serialization_version = 'v3', object_shared_data_serialization_version = 'advanced',
         object_shared_data_serialization_version_for_zero_level_parts = 'map',
         non_replicated_deduplication_window = 1000,        -- a retried insert with the same token is one insert
         fsync_after_insert = 1, fsync_part_directory = 1;  -- the log is trimmed after this, also before a power cut

-- What stores of an earlier version lack, or have otherwise. Parts they wrote get the index in the background.
ALTER TABLE spans ADD COLUMN IF NOT EXISTS cost_x Map(LowCardinality(String), Nullable(Float64)) AFTER metrics_x;
ALTER TABLE spans ADD COLUMN IF NOT EXISTS author LowCardinality(String) AFTER comments;
ALTER TABLE spans DROP INDEX IF EXISTS ft;
ALTER TABLE spans ADD INDEX IF NOT EXISTS
  words lower(concat(input, ' ', output, ' ', expected, ' ', error, ' ', metadata, ' ', arrayStringConcat(tags, ' '), ' ', name))
  TYPE text(tokenizer = 'splitByNonAlpha');
