import { t } from '@lingui/core/macro'
import { ArrowDown, ArrowUp, Columns3, Pin, PinOff, X } from 'lucide-react'
import { useId, useState, type ReactNode } from 'react'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import type { LogsShown } from '@/lib/search-params'
import { select } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { isOffered, offers } from './known-columns'
import { moved, readColumns, writeColumn } from './own-columns'

export type ColumnsProps = {
  shown: Pick<LogsShown, 'view' | 'col' | 'hide' | 'pin' | 'tall'>
  columns: readonly Column<Row>[]
  hidden: ReadonlySet<string>
  fields: readonly string[]
  update: (changes: Pick<LogsShown, 'col' | 'hide' | 'order' | 'pin' | 'tall'>) => void
}

/** The columns, open from the first. */
export function ColumnsPopover(props: ColumnsProps) {
  const [open, setOpen] = useState(true)
  return (
    <Popover
      title={t`Columns`}
      align="end"
      className="!p-2"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button
          icon={<Columns3 size={14} aria-hidden />}
          aria-label={t`Columns`}
          title={t`Columns`}
          className="max-sm:hidden"
        />
      }
    >
      <ColumnsPanel {...props} />
    </Popover>
  )
}

/** Which columns there are and in what order; adds columns of one's own. */
function ColumnsPanel(props: ColumnsProps) {
  const { shown, columns, fields, update } = props
  const add = (text: string): void =>
    update({ col: [...(shown.col ?? []).filter((other) => other !== text), text] })
  const more = offers(shown, fields)
  return (
    <div className="space-y-2">
      <div className="max-h-[46vh] overflow-y-auto">
        <ul>
          {columns
            .filter((column) => !column.fixed)
            .map((column, i, movable) => (
              <ColumnLine
                key={column.id}
                {...props}
                column={column}
                at={i}
                ids={movable.map(({ id }) => id)}
              />
            ))}
        </ul>
        {more.length ? (
          <>
            <h3 className="mt-1.5 border-t border-line px-1 pt-2 pb-0.5 text-xs text-ink-3">{t`More`}</h3>
            <ul>
              {more.map(({ text, label }) => (
                <li key={text} className="flex min-h-7 rounded pl-1 hover:bg-sunken">
                  <Named label={label} checked={false} onChange={() => add(text)} />
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </div>
      <label className="flex items-center gap-2 border-t border-line px-1 pt-2">
        <input
          type="checkbox"
          checked={shown.tall === '1'}
          onChange={(event) => update({ tall: event.target.checked ? '1' : undefined })}
          className="accent-accent"
        />
        {t`Tall rows, with up to four lines`}
      </label>
      <NewColumn fields={fields} view={shown.view} onAdd={add} />
    </div>
  )
}

/** The list without one of them, nothing when none is left. */
function without(list: readonly string[], gone: string): string[] | undefined {
  const rest = list.filter((other) => other !== gone)
  return rest.length ? rest : undefined
}

type LineProps = ColumnsProps & { column: Column<Row>; at: number; ids: string[] }

/** One column: on show or not, pinned or not, and where. */
function ColumnLine({ shown, hidden, fields, update, column, at, ids }: LineProps) {
  const { id, label } = column
  const mine = readColumns(shown.col).find((own) => own.id === id)
  const expression = mine !== undefined && !isOffered(mine.sql, fields)
  const pins = shown.pin ?? []
  const remove = (): void =>
    update({
      col: (shown.col ?? []).filter((text) => `col.${text}` !== id),
      pin: without(pins, id),
    })
  const show = (on: boolean): void => {
    if (mine) remove()
    else {
      const next = new Set(hidden)
      if (on) next.delete(id)
      else next.add(id)
      update({ hide: [...next].filter(Boolean).join(',') || undefined })
    }
  }
  const pinned = column.pinned === true
  return (
    <li className="group flex min-h-7 items-center rounded pl-1 hover:bg-sunken">
      {expression ? (
        <span className="min-w-0 flex-1 truncate font-mono text-s" title={label}>
          {label}
        </span>
      ) : (
        <Named label={label} checked={!hidden.has(id)} onChange={show} />
      )}
      <Tool
        icon={pinned ? <PinOff size={12} /> : <Pin size={12} />}
        label={pinned ? t`Let ${label} scroll` : t`Pin ${label} to the left edge`}
        active={pinned}
        onClick={() => update({ pin: pinned ? without(pins, id) : [...pins, id] })}
      />
      <Tool
        icon={<ArrowUp size={12} />}
        label={t`Move ${label} to the left`}
        disabled={at === 0}
        onClick={() => update({ order: moved(ids, id, ids[at - 1]!) })}
      />
      <Tool
        icon={<ArrowDown size={12} />}
        label={t`Move ${label} to the right`}
        disabled={at === ids.length - 1}
        onClick={() => update({ order: moved(ids, id, ids[at + 2] ?? null) })}
      />
      {expression ? <Tool icon={<X size={12} />} label={t`Remove ${label}`} onClick={remove} /> : null}
    </li>
  )
}

type NamedProps = { label: string; checked: boolean; onChange: (on: boolean) => void }

function Named({ label, checked, onChange }: NamedProps) {
  return (
    <label className="flex min-w-0 flex-1 items-center gap-2">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="accent-accent"
      />
      <span className="truncate" title={label}>
        {label}
      </span>
    </label>
  )
}

type ToolProps = {
  icon: ReactNode
  label: string
  active?: boolean
  disabled?: boolean
  onClick: () => void
}

function Tool({ icon, label, active = false, disabled = false, onClick }: ToolProps) {
  return (
    <Button
      variant="ghost"
      icon={icon}
      aria-label={label}
      title={label}
      aria-pressed={active || undefined}
      disabled={disabled}
      onClick={onClick}
      className={active ? '!w-6 !px-0 text-accent' : '!w-6 !px-0'}
    />
  )
}

type NewProps = { fields: readonly string[]; view: LogsShown['view']; onAdd: (text: string) => void }

/** Asks for an expression and tries it before it becomes a column. */
function NewColumn({ fields, view, onAdd }: NewProps) {
  const { project } = useProject()
  const [sql, setSql] = useState('')
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const id = useId()
  const add = async (): Promise<void> => {
    const text = writeColumn(sql, name)
    const [column] = readColumns([text])
    if (!column) return
    const shape = view === 'spans' ? 'spans' : 'summary'
    const columns = `${column.sql} AS x0`
    try {
      await runQuery({
        query: select({ columns, from: 'project_logs', id: project.id, shape, tail: 'LIMIT 1' }),
      })
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
      return
    }
    setSql('')
    setName('')
    setProblem(null)
    onAdd(text)
  }
  const field = 'field h-7 min-w-0 px-2 max-sm:h-9'
  return (
    <form
      aria-label={t`New column`}
      className="space-y-1.5 border-t border-line pt-2"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <input
        aria-label={t`Path or SQL expression`}
        placeholder={t`metadata.tier, or any SQL expression`}
        list={`${id}-fields`}
        value={sql}
        spellCheck={false}
        onChange={(event) => {
          setSql(event.target.value)
          setProblem(null)
        }}
        className={`${field} w-full font-mono text-s`}
      />
      <datalist id={`${id}-fields`}>
        {fields.map((path) => (
          <option key={path}>{path}</option>
        ))}
      </datalist>
      <div className="flex gap-1.5">
        <input
          aria-label={t`Name of the column`}
          placeholder={t`Name, if you like`}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className={`${field} flex-1`}
        />
        <Button type="submit" disabled={!sql.trim()}>
          {t`Add column`}
        </Button>
      </div>
      {problem ? (
        <p role="alert" className="text-s break-words text-worse">
          {problem}
        </p>
      ) : null}
    </form>
  )
}
