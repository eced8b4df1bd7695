import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, ChevronDown } from 'lucide-react'
import { useId, useState } from 'react'
import { deleteView } from '@/api/views'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Menu, MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import { useMay, useProject } from '../projects/project-context'
import { savedQuery, saveQuery, type Saved } from './api'

type Props = {
  query: string
  title: string | undefined
  onOpen: (saved: Saved) => void
  onSaved: (name: string) => void
}

/** Queries saved on the server: open one, save this one, delete. */
export function SavedMenu({ query, title, onOpen, onSaved }: Props) {
  const { project } = useProject()
  const client = useQueryClient()
  const { data: saved = [], error } = useQuery(savedQuery(project))
  const [naming, setNaming] = useState(false)
  const writes = useMay('project', 'update')
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: savedQuery(project).queryKey })
  const save = useMutation({
    mutationFn: (name: string) => saveQuery(project, name, query, saved),
    onSuccess: async (_view, name) => {
      setNaming(false)
      onSaved(name)
      notify(t`Saved as ${name}`)
      await refresh()
    },
  })
  const remove = useMutation({
    mutationFn: (one: Saved) => deleteView(one.view),
    onSuccess: async () => {
      notify(t`The query is deleted`)
      await refresh()
    },
    onError: (problem) => notifyError(t`The query was not deleted`, problem),
  })
  const own = saved.find((one) => one.name === title)
  return (
    <>
      <Menu
        width="min-w-64"
        align="end"
        trigger={
          <Button icon={<Bookmark size={14} aria-hidden />}>
            {t`Saved`} <ChevronDown size={13} aria-hidden className="text-ink-3" />
          </Button>
        }
      >
        {writes ? (
          <MenuItem onSelect={() => setNaming(true)} disabled={!query.trim()}>
            {t`Save this query …`}
          </MenuItem>
        ) : null}
        {writes && own ? (
          <MenuItem onSelect={() => remove.mutate(own)}>
            <Trans>Delete “{own.name}”</Trans>
          </MenuItem>
        ) : null}
        <MenuRule />
        <MenuLabel>
          {error ? error.message : saved.length ? t`Seen by everyone in the project` : t`Nothing saved yet`}
        </MenuLabel>
        {saved.map((one) => (
          <MenuItem key={one.view.id} onSelect={() => onOpen(one)}>
            {one.name}
          </MenuItem>
        ))}
      </Menu>
      {naming ? (
        <SaveDialog
          start={title ?? ''}
          taken={saved.map((one) => one.name)}
          busy={save.isPending}
          error={save.error}
          onSave={(name) => save.mutate(name)}
          onClose={() => {
            save.reset()
            setNaming(false)
          }}
        />
      ) : null}
    </>
  )
}

type DialogProps = {
  start: string
  taken: readonly string[]
  busy: boolean
  error: Error | null
  onSave: (name: string) => void
  onClose: () => void
}

function SaveDialog({ start, taken, busy, error, onSave, onClose }: DialogProps) {
  const [name, setName] = useState(start)
  const id = useId()
  const replaces = taken.includes(name.trim())
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Save this query`}
      description={t`Everyone in the project sees it.`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={id} disabled={!name.trim() || busy}>
            {replaces ? t`Replace` : t`Save`}
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) onSave(name.trim())
        }}
      >
        <label className="block text-s font-medium">
          {t`Name`}
          <input
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only field of a dialog just opened
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder={t`Slowest tools of the week`}
            className="mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 outline-none focus:border-accent"
          />
        </label>
        {replaces ? (
          <p className="mt-1 text-s text-warn">{t`There is a query of this name: it is replaced.`}</p>
        ) : null}
        {error ? (
          <p role="alert" className="mt-1 text-s text-worse">
            {error.message}
          </p>
        ) : null}
      </form>
    </Dialog>
  )
}
