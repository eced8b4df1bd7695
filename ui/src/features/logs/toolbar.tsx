import { t } from '@lingui/core/macro'
import { ListFilter, Scale } from 'lucide-react'
import { Suspense, useMemo, useState } from 'react'
import { PageHead, SubHead } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import { Button } from '@/components/ui/button'
import { ViewsMenu } from '@/components/views'
import { loadLater } from '@/lib/load-later'
import type { LogsSearch } from '@/lib/search-params'
import { path } from '@/lib/sql'
import { FilterChips } from './chips'
import { isGrouped } from './groups'
import { LiveButton } from './live-button'
import { SearchBox } from './search-box'
import { ColumnsMenu, RowsMenu, TakeAwayMenu } from './toolbar-menus'
import type { LogRows } from './use-log-rows'
import type { LiveState } from './use-live'
import type { LogsViews } from './views'

const ReadyViews = loadLater(async () => (await import('./ready-views')).ReadyViews)

type Props = {
  search: LogsSearch
  update: (changes: Partial<LogsSearch>) => void
  views: LogsViews
  live: LiveState
  found: LogRows
  hidden: ReadonlySet<string>
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
/** Worth a group besides metadata. */
const GROUPING = ['metadata.model', 'span_attributes.name', 'span_attributes.type']

/** Everything above the logs table. */
export function LogsToolbar(props: Props) {
  const { search, update, views, live, found, hidden } = props
  const { columns, scores, metadata } = found
  const [draft, setDraft] = useState('')
  const filters = search.f ?? []
  const paths = useMemo(() => metadata.map((keys) => path(...keys)), [metadata])
  const fields = useMemo(
    () => [...new Set([...scores.map((name) => path('scores', name)), ...paths, ...COMMON])],
    [scores, paths],
  )
  const groupFields = useMemo(() => [...new Set([...paths, ...GROUPING])], [paths])
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
      <PageHead crumbs={[{ label: t`Logs` }]}>
        <ViewsMenu
          state={views.state}
          choose={views.choose}
          builtIn={t`All logs`}
          noun={t`view`}
          options={{ address: views.address }}
          changed={views.changed}
          canPrefer
          more={
            <Suspense>
              <ReadyViews
                onPick={(f) => update({ v: undefined, q: undefined, view: undefined, by: undefined, f })}
              />
            </Suspense>
          }
        />
        <RowsMenu search={search} update={update} fields={groupFields} />
        <RangeMenu value={search.t} onChange={(range) => update({ t: range })} />
        <SearchBox
          placeholder={
            scores[0]
              ? t`Search text, or filter: ${path('scores', scores[0])} < 0.5`
              : t`Search text, or filter: error IS NOT NULL`
          }
          fields={fields}
          draft={draft}
          onDraft={setDraft}
          onFilter={addFilter}
          onSearch={(q) => update({ q })}
          onPop={() => (filters.length ? removeFilter(filters.length - 1) : update({ q: undefined }))}
        />
        <Button
          icon={<ListFilter size={14} aria-hidden />}
          active={search.side === '1'}
          aria-label={t`Fields`}
          title={t`Fields and the values that occur`}
          onClick={() => update({ side: search.side ? undefined : '1' })}
        >
          <span className="max-sm:hidden">{t`Fields`}</span>
        </Button>
        {isGrouped(search.view) ? null : (
          <ColumnsMenu shown={search} columns={columns} hidden={hidden} fields={fields} update={update} />
        )}
        <TakeAwayMenu search={search} />
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
            {t`Clear`}
          </button>
          <span className="flex-1" />
          <Button
            icon={<Scale size={13} aria-hidden />}
            title={t`What sets these traces apart from the others of the same time`}
            onClick={() => update({ why: '1' })}
            className="!h-6 max-sm:!h-9"
          >
            {t`Explain`}
          </Button>
        </SubHead>
      ) : null}
    </>
  )
}
