import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Archive, ScatterChart, Split, Table2 } from 'lucide-react'
import type { AddressViews } from '@/components/address-views'
import { SubHead, Spacer } from '@/components/page'
import type { Column } from '@/components/table/columns'
import { ColumnsMenu } from '@/components/table/columns-menu'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice, MenuLabel } from '@/components/ui/menu'
import { ViewsMenu } from '@/components/views'
import type { ExperimentsSearch, ExperimentsShown } from '@/lib/search-params'
import type { ExperimentRow } from './experiment-columns'
import { ListCodeMenu } from './code-menu'
import { dividerOf, type Divider } from './divide'

type Props = {
  search: ExperimentsSearch
  update: (changes: Partial<ExperimentsShown>, replace?: boolean) => void
  views: AddressViews
  columns: readonly Column<ExperimentRow>[]
  hidden: ReadonlySet<string>
  /** What the history can be divided by. */
  fields: readonly Divider[]
  /** Experiments on show, and how many are put away. */
  shown: number
  archived: number
}

/** How the experiments are listed. */
export function ListToolbar({ search, update, views, columns, hidden, fields, shown, archived }: Props) {
  const plot = search.layout === 'plot'
  return (
    <SubHead className="!py-1.5">
      <ViewsMenu
        state={views.state}
        choose={views.choose}
        builtIn={t`All experiments`}
        noun={t`view`}
        options={{ address: views.address }}
        changed={views.changed}
        canPrefer
      />
      <input
        type="search"
        aria-label={t`Find experiments`}
        placeholder={t`Name, tag or branch`}
        value={search.q ?? ''}
        onChange={(event) => update({ q: event.target.value || undefined }, true)}
        className="field h-7 w-44 px-2 max-sm:h-8 max-sm:flex-1"
      />
      {archived > 0 || search.archived ? (
        <Button
          icon={<Archive size={14} aria-hidden />}
          active={search.archived === '1'}
          title={t`Experiments that were put away`}
          onClick={() => update({ archived: search.archived ? undefined : '1' })}
        >
          <Trans>
            Archived <span className="text-ink-3">{archived}</span>
          </Trans>
        </Button>
      ) : null}
      {plot ? null : <DivideMenu fields={fields} by={search.by} update={update} />}
      <Spacer />
      <span className="text-s text-ink-3 max-sm:hidden">
        {plural(shown, { one: '# experiment', other: '# experiments' })}
      </span>
      <span role="group" aria-label={t`Layout`} className="flex gap-1">
        <Button
          icon={<Table2 size={14} aria-hidden />}
          aria-label={t`Table`}
          title={t`Table`}
          active={!plot}
          onClick={() => update({ layout: undefined })}
        />
        <Button
          icon={<ScatterChart size={14} aria-hidden />}
          aria-label={t`Plot`}
          title={t`Plot: any two numbers of the experiments`}
          active={plot}
          onClick={() => update({ layout: 'plot' })}
        />
      </span>
      <ColumnsMenu columns={columns} hidden={hidden} onHide={(hide) => update({ hide }, true)} />
      <ListCodeMenu archived={search.archived === '1'} />
    </SubHead>
  )
}

/** Chooses the field whose values have a line each in the history. */
function DivideMenu({ fields, by, update }: Pick<Props, 'fields' | 'update'> & { by: string | undefined }) {
  if (fields.length === 0 && !by) return null
  const chosen = by === undefined ? undefined : dividerOf(by)
  const known = chosen && !fields.some(({ id }) => id === by) ? [chosen, ...fields] : fields
  return (
    <Menu
      trigger={
        <Button
          icon={<Split size={14} aria-hidden />}
          active={chosen !== undefined}
          title={t`A line each value of a field in the history of scores`}
          className="max-sm:hidden"
        >
          {chosen ? <span className="max-w-40 truncate">{t`Divided by ${chosen.label}`}</span> : t`Divide`}
        </Button>
      }
    >
      <MenuLabel>{t`One line in the history for each`}</MenuLabel>
      <MenuChoice
        value={by ?? ''}
        onChange={(next) => update({ by: next || undefined })}
        options={[
          { value: '', label: t`One line of all experiments` },
          ...known.map(({ id, label }) => ({ value: id, label })),
        ]}
      />
    </Menu>
  )
}
