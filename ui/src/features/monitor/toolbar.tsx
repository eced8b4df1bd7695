import { t } from '@lingui/core/macro'
import { ChevronDown, Layers2, Plus, Share2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { PageHead, SubHead } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import { Button } from '@/components/ui/button'
import { Menu, MenuCheck, MenuChoice } from '@/components/ui/menu'
import type { MonitorSearch } from '@/lib/search-params'
import { FilterChips } from '../logs/chips'
import { SearchBox } from '../logs/search-box'
import { PROMPT } from './charts'
import { LIST } from './questions'

const COMMON = [
  'metadata.model',
  'span_attributes.name',
  'tags',
  'error',
  'metrics.tokens',
  'metrics.estimated_cost',
]

type Props = {
  search: MonitorSearch
  update: (changes: Partial<MonitorSearch>) => void
  /** Fields to divide by, as SQL paths. */
  fields: readonly string[]
  boards: ReactNode
  /** Absent for who may not change boards. */
  onAdd: (() => void) | undefined
  /** Absent for what is built in: only a board that is kept can be shared. */
  onShare: (() => void) | undefined
}

export function MonitorToolbar({ search, update, fields, boards, onAdd, onShare }: Props) {
  const [draft, setDraft] = useState('')
  const filters = search.f ?? []
  const remove = (index: number): void =>
    update({ f: filters.length > 1 ? filters.filter((_, i) => i !== index) : undefined })
  return (
    <>
      <PageHead crumbs={[{ label: t`Monitor` }]}>
        {boards}
        <RangeMenu value={search.t} onChange={(range) => update({ t: range })} />
        <SearchBox
          placeholder={t`Search text, or filter: metadata.tier = 'pro'`}
          fields={[...new Set([...fields, ...COMMON])]}
          draft={draft}
          onDraft={setDraft}
          onFilter={(sql) => update({ f: [...filters.filter((other) => other !== sql), sql] })}
          onSearch={(q) => update({ q })}
          onPop={() => (filters.length ? remove(filters.length - 1) : update({ q: undefined }))}
        />
        <GroupMenu value={search.by} fields={fields} onChange={(by) => update({ by })} />
        <ShowMenu search={search} update={update} />
        {onAdd ? (
          <Button icon={<Plus size={14} aria-hidden />} onClick={onAdd} className="max-sm:hidden">
            {t`Chart`}
          </Button>
        ) : null}
        {onShare ? (
          <Button icon={<Share2 size={14} aria-hidden />} onClick={onShare} className="max-sm:hidden">
            {t`Share`}
          </Button>
        ) : null}
      </PageHead>
      {search.q || filters.length ? (
        <SubHead>
          <FilterChips
            words={search.q}
            filters={filters}
            onWords={() => update({ q: undefined })}
            onRemove={remove}
            onEdit={(text, index) => {
              setDraft(text)
              if (index === null) update({ q: undefined })
              else remove(index)
            }}
          />
        </SubHead>
      ) : null}
    </>
  )
}

const NONE = 'none'
/** Fields that have a word of their own, as in the logs. */
const WELL_KNOWN: Record<string, string> = {
  'metadata.model': t`Model`,
  [PROMPT]: t`Prompt`,
  'span_attributes.name': t`Name`,
  [LIST]: t`Tag`,
}

export function shortName(field: string): string {
  return WELL_KNOWN[field]?.toLowerCase() ?? field.replace(/^metadata\./, '')
}

type GroupProps = {
  value: string | undefined
  fields: readonly string[]
  onChange: (by: string | undefined) => void
}

function GroupMenu({ value, fields, onChange }: GroupProps) {
  const all = value && !fields.includes(value) ? [value, ...fields] : fields
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<Layers2 size={14} aria-hidden className="text-ink-3" />}
          title={t`A line for each value of a field`}
        >
          {value ? t`By ${shortName(value)}` : t`Divide by`}{' '}
          <ChevronDown size={13} aria-hidden className="text-ink-3" />
        </Button>
      }
    >
      <MenuChoice
        value={value ?? NONE}
        onChange={(by) => onChange(by === NONE ? undefined : by)}
        options={[
          { value: NONE, label: t`Not divided` },
          ...all.map((field) => ({ value: field, label: WELL_KNOWN[field] ?? field })),
        ]}
      />
    </Menu>
  )
}

function ShowMenu({ search, update }: Pick<Props, 'search' | 'update'>) {
  return (
    <Menu
      align="end"
      trigger={
        <Button className="max-sm:hidden">
          {t`Show`} <ChevronDown size={13} aria-hidden className="text-ink-3" />
        </Button>
      }
    >
      <MenuCheck checked={search.prev === '1'} onChange={(on) => update({ prev: on ? '1' : undefined })}>
        {t`The period before, dashed`}
      </MenuCheck>
      <MenuCheck
        checked={search.scoring === '1'}
        onChange={(on) => update({ scoring: on ? '1' : undefined })}
      >
        {t`What scorers do, too`}
      </MenuCheck>
      <MenuCheck checked={search.rows === '1'} onChange={(on) => update({ rows: on ? '1' : undefined })}>
        {t`Only spans that match the filters, not their traces`}
      </MenuCheck>
      <MenuCheck checked={search.live === '1'} onChange={(on) => update({ live: on ? '1' : undefined })}>
        {t`Refreshed every minute`}
      </MenuCheck>
    </Menu>
  )
}
