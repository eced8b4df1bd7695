import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { oneQuery, Overtaken, saveVersion } from './api'
import { DiffView } from './diff-view'
import type { Stored } from './list'
import type { Content } from './stored'

/** `base` is the version the draft was made from, whatever was read since. */
type Attempt = { base: Stored; content: Content & Pick<Stored, 'function_data'>; done: () => void }

/** Saving with a look at what is newest first; who was overtaken decides. */
export function useSaving(newest: Stored, onSaved: () => void) {
  const client = useQueryClient()
  const [overtaken, setOvertaken] = useState<{ attempt: Attempt; newest: Stored } | null>(null)
  const { mutate, isPending } = useMutation({
    mutationFn: ({ base, content }: Attempt) => saveVersion(newest.id, base._xact_id, content),
    onSuccess: async (stored, { done }) => {
      setOvertaken(null)
      client.setQueryData(oneQuery(newest.id).queryKey, stored)
      done()
      onSaved()
      notify(t`A new version is saved`)
      for (const key of [
        ['stored', newest.project_id],
        ['stored-versions', newest.id],
      ])
        await client.invalidateQueries({ queryKey: key })
    },
    onError: (problem, attempt) => {
      if (problem instanceof Overtaken) setOvertaken({ attempt, newest: problem.newest })
      else notifyError(t`The version was not saved`, problem)
    },
  })
  return {
    save: mutate,
    busy: isPending,
    overtaken,
    dismiss: () => setOvertaken(null),
    saveOnTop: () => overtaken && mutate({ ...overtaken.attempt, base: overtaken.newest }),
    takeTheirs: () => {
      if (overtaken) client.setQueryData(oneQuery(newest.id).queryKey, overtaken.newest)
      overtaken?.attempt.done()
      setOvertaken(null)
      void client.invalidateQueries({ queryKey: ['stored-versions', newest.id] })
    },
  }
}

export type Saving = ReturnType<typeof useSaving>

/** Shows what the other one changed, and lets this one decide. */
export function ConflictDialog({ saving }: { saving: Saving }) {
  const { attempt, newest: theirs } = saving.overtaken!
  return (
    <Dialog
      open
      onClose={saving.dismiss}
      title={t`Somebody saved a newer version`}
      description={t`This is what changed since the version you began with.`}
      width="max-w-2xl"
      footer={
        <>
          <Button onClick={saving.dismiss}>{t`Keep editing`}</Button>
          <Button onClick={saving.takeTheirs}>{t`Discard mine`}</Button>
          <Button variant="primary" disabled={saving.busy} onClick={saving.saveOnTop}>
            {t`Save mine on top`}
          </Button>
        </>
      }
    >
      <DiffView a={attempt.base} b={theirs} onClose={saving.dismiss} />
    </Dialog>
  )
}
