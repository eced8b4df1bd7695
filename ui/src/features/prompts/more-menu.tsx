import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Code2 } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Menu, MenuItem, MenuRule } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import { useMay, useProject } from '../projects/project-context'
import { deleteStored } from './api'
import { codeOf, LANGUAGES, type Language } from './code'
import type { Section, Stored } from './list'

type MoreProps = { stored: Stored; section: Section; version: string | undefined }

/** The object as code, and taking it away. */
export function MoreMenu({ stored, section, version }: MoreProps) {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [asked, setAsked] = useState(false)
  const deletes = useMay(section === 'prompts' ? 'prompt' : 'function', 'delete')
  const remove = useMutation({
    mutationFn: () => deleteStored(stored.id),
    onSuccess: async () => {
      await navigate({ to: `/app/$org/p/$project/${section}`, params: { org, project: project.name } })
      notify(t`${stored.name} is deleted`)
      await client.invalidateQueries({ queryKey: ['stored', project.id] })
    },
    onError: (problem) => notifyError(t`It was not deleted`, problem),
  })
  const copy = async (language: Language): Promise<void> => {
    const code = codeOf(language, {
      stored,
      section,
      project: project.name,
      origin: window.location.origin,
      version,
    })
    if (await copyText(code)) notify(t`Copied`)
  }
  return (
    <>
      <Menu
        align="end"
        trigger={
          <Button icon={<Code2 size={14} aria-hidden />} aria-label={t`Copy as code and more`}>
            <span className="max-sm:hidden">{t`Code`}</span>
          </Button>
        }
      >
        {LANGUAGES.map(({ id, label }) => (
          <MenuItem key={id} onSelect={() => void copy(id)}>
            <Trans>Copy as {label}</Trans>
          </MenuItem>
        ))}
        {deletes ? (
          <>
            <MenuRule />
            <MenuItem onSelect={() => setAsked(true)}>{t`Delete …`}</MenuItem>
          </>
        ) : null}
      </Menu>
      {asked ? (
        <Dialog
          open
          onClose={() => setAsked(false)}
          title={t`Delete “${stored.name}”?`}
          width="max-w-sm"
          footer={
            <>
              <Button onClick={() => setAsked(false)}>{t`Cancel`}</Button>
              <Button variant="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
                {t`Delete`}
              </Button>
            </>
          }
        >
          <p className="text-ink-2">{t`Code that loads it by its slug will not find it any more.`}</p>
        </Dialog>
      ) : null}
    </>
  )
}
