import { t } from '@lingui/core/macro'
import { ArrowDown, ArrowUp, Columns3, X } from 'lucide-react'
import { useId, useState } from 'react'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import type { LogsShown } from '@/lib/search-params'
import { select } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { moved, readColumns, writeColumn } from './own-columns'

export type ColumnsProps = {
  shown: Pick<LogsShown, 'view' | 'col' | 'hide'>
  columns: readonly Column<Row>[]
  hidden: ReadonlySet<string>
  fields: readonly string[]
  update: (changes: Pick<LogsShown, 'col' | 'hide' | 'order'>) => void
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
function ColumnsPanel({ shown, columns, hidden, fields, update }: ColumnsProps) {
  const own = readColumns(shown.col)
  const movable = columns.filter((column) => !column.fixed)
  const ids = movable.map((column) => column.id)
  const show = (id: string, on: boolean): void => {
    const next = new Set(hidden)
    if (on) next.delete(id)
    else next.add(id)
    update({ hide: [...next].filter(Boolean).join(',') || undefined })
  }
  const remove = (id: string): void => {
    const rest = (shown.col ?? []).filter((text) => `col.${text}` !== id)
    update({ col: rest.length ? rest : undefined })
  }
  return (
    <div className="space-y-2">
      <ul className="max-h-72 overflow-y-auto">
        {movable.map((column, i) => (
          <li key={column.id} className="flex min-h-7 items-center gap-2 rounded pl-1 hover:bg-sunken">
            {own.some((mine) => mine.id === column.id) ? (
              <span className="min-w-0 flex-1 truncate font-mono text-s" title={column.label}>
                {column.label}
              </span>
            ) : (
              <label className="flex min-w-0 flex-1 items-center gap-2">
                <input
                  type="checkbox"
                  checked={!hidden.has(column.id)}
                  onChange={(event) => show(column.id, event.target.checked)}
                  className="accent-accent"
                />
                <span className="truncate">{column.label}</span>
              </label>
            )}
            <Button
              variant="ghost"
              icon={<ArrowUp size={12} />}
              aria-label={t`Move ${column.label} to the left`}
              disabled={i === 0}
              onClick={() => update({ order: moved(ids, column.id, ids[i - 1]!) })}
            />
            <Button
              variant="ghost"
              icon={<ArrowDown size={12} />}
              aria-label={t`Move ${column.label} to the right`}
              disabled={i === ids.length - 1}
              onClick={() => update({ order: moved(ids, column.id, ids[i + 2] ?? null) })}
            />
            {own.some((mine) => mine.id === column.id) ? (
              <Button
                variant="ghost"
                icon={<X size={12} />}
                aria-label={t`Remove ${column.label}`}
                onClick={() => remove(column.id)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      <NewColumn
        fields={fields}
        view={shown.view}
        onAdd={(text) => update({ col: [...(shown.col ?? []).filter((other) => other !== text), text] })}
      />
    </div>
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
