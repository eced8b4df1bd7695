import { Braces, ChevronDown, Columns3 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { copyText } from '@/components/copy'
import { PageHead, SubHead } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import type { Column } from '@/components/table/columns'
import { Button } from '@/components/ui/button'
import { Menu, MenuCheck, MenuChoice, MenuItem } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import type { Row } from '@/api/types'
import type { LogsSearch } from '@/lib/search-params'
import { path } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { conditions, logsSql } from './api'
import { FilterChips } from './chips'
import { copyAs } from './copy-as'
import { FilterMenu } from './filter-menu'
import { LiveButton } from './live-button'
import { SearchBox } from './search-box'
import type { LiveState } from './use-live'

type Props = {
  search: LogsSearch
  update: (changes: Partial<LogsSearch>) => void
  live: LiveState
  columns: readonly Column<Row>[]
  hidden: ReadonlySet<string>
  scores: readonly string[]
  metadata: readonly string[]
}

const COMMON = [
  'error',
  'input',
  'output',
  'tags',
  'created',
  'span_attributes.name',
  'span_attributes.type',
  'metrics.tokens',
  'metrics.estimated_cost',
  'metadata.model',
]

/** Everything above the logs table. */
export function LogsToolbar({ search, update, live, columns, hidden, scores, metadata }: Props) {
  const { project } = useProject()
  const [draft, setDraft] = useState('')
  const filters = search.f ?? []
  const fields = useMemo(
    () => [
      ...new Set([
        ...scores.map((name) => path('scores', name)),
        ...metadata.map((key) => path('metadata', key)),
        ...COMMON,
      ]),
    ],
    [scores, metadata],
  )
  const addFilter = (sql: string): void => update({ f: [...filters.filter((other) => other !== sql), sql] })
  const removeFilter = (index: number): void =>
    update({ f: filters.length > 1 ? filters.filter((_, i) => i !== index) : undefined })
  const edit = (text: string, index: number | null): void => {
    setDraft(text)
    if (index === null) update({ q: undefined })
    else removeFilter(index)
  }
  return (
    <>
      <PageHead crumbs={[{ label: 'Logs' }]}>
        <Menu
          trigger={
            <Button>
              {search.view === 'spans' ? 'Spans' : 'Traces'}{' '}
              <ChevronDown size={13} aria-hidden className="text-ink-3" />
            </Button>
          }
        >
          <MenuChoice
            value={search.view ?? 'traces'}
            onChange={(view) => update({ view: view === 'spans' ? 'spans' : undefined })}
            options={[
              { value: 'traces', label: 'Traces', hint: 'one row each' },
              { value: 'spans', label: 'Spans', hint: 'every step' },
            ]}
          />
        </Menu>
        <RangeMenu value={search.t} onChange={(t) => update({ t })} />
        <SearchBox
          placeholder={
            scores[0]
              ? `Search text, or filter: ${path('scores', scores[0])} < 0.5`
              : 'Search text, or filter: error IS NOT NULL'
          }
          fields={fields}
          draft={draft}
          onDraft={setDraft}
          onFilter={addFilter}
          onSearch={(q) => update({ q })}
          onPop={() => (filters.length ? removeFilter(filters.length - 1) : update({ q: undefined }))}
        />
        <FilterMenu
          projectId={project.id}
          filter={search}
          scores={scores}
          metadata={metadata}
          onAdd={addFilter}
        />
        <ColumnsMenu columns={columns} hidden={hidden} onChange={(hide) => update({ hide })} />
        <CopyAsMenu search={search} />
        <LiveButton
          state={live}
          on={search.live === '1'}
          onToggle={() => update({ live: search.live ? undefined : '1' })}
        />
      </PageHead>
      {search.q || filters.length ? (
        <SubHead>
          <FilterChips
            words={search.q}
            filters={filters}
            onWords={() => update({ q: undefined })}
            onRemove={removeFilter}
            onEdit={edit}
          />
          <button
            type="button"
            onClick={() => update({ q: undefined, f: undefined })}
            className="text-s text-ink-3 hover:text-ink"
          >
            Clear
          </button>
        </SubHead>
      ) : null}
    </>
  )
}

function ColumnsMenu({
  columns,
  hidden,
  onChange,
}: {
  columns: readonly Column<Row>[]
  hidden: ReadonlySet<string>
  onChange: (hide: string | undefined) => void
}) {
  const toggle = (id: string, on: boolean): void => {
    const next = new Set(hidden)
    if (on) next.delete(id)
    else next.add(id)
    onChange([...next].join(',') || undefined)
  }
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<Columns3 size={14} aria-hidden />}
          aria-label="Columns"
          title="Columns"
          className="max-sm:hidden"
        />
      }
    >
      {columns
        .filter((column) => !column.fixed)
        .map((column) => (
          <MenuCheck
            key={column.id}
            checked={!hidden.has(column.id)}
            onChange={(on) => toggle(column.id, on)}
          >
            {column.label}
          </MenuCheck>
        ))}
    </Menu>
  )
}

function CopyAsMenu({ search }: { search: LogsSearch }) {
  const { project } = useProject()
  const sql = logsSql(project.name, { ...search, t: search.t })
  const copy = async (kind: 'sql' | 'cli' | 'curl' | 'python'): Promise<void> => {
    if (await copyText(copyAs(kind, sql, window.location.origin))) notify('Copied')
  }
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<Braces size={14} aria-hidden />}
          aria-label="Copy as code"
          title={`Copy as code: ${conditions(search).length} conditions`}
          className="max-sm:hidden"
        />
      }
    >
      <MenuItem onSelect={() => void copy('sql')}>Copy as SQL</MenuItem>
      <MenuItem onSelect={() => void copy('cli')}>Copy as CLI command</MenuItem>
      <MenuItem onSelect={() => void copy('python')}>Copy as Python</MenuItem>
      <MenuItem onSelect={() => void copy('curl')}>Copy as curl</MenuItem>
    </Menu>
  )
}
