import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { deleteView } from '@/api/views'
import { NameDialog } from '@/components/name-dialog'
import { Button } from '@/components/ui/button'
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
  const taken = (name: string): boolean => saved.some((one) => one.name === name)
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
        <NameDialog
          title={t`Save this query`}
          description={t`Everyone in the project sees it.`}
          start={title ?? ''}
          placeholder={t`Slowest tools of the week`}
          action={(name) => (taken(name) ? t`Replace` : t`Save`)}
          note={(name) => (taken(name) ? t`There is a query of this name: it is replaced.` : null)}
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
