import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { request } from '@/api/client'
import type { Experiment } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { useMay } from '../projects/project-context'
import { ArchiveButton } from './archive'
import { MOST_BASELINES } from './baselines'

type Props = {
  projectId: string
  /** The selected ones, newest first. */
  chosen: readonly Experiment[]
  onCompare: (experiment: Experiment, baselines: readonly Experiment[]) => void
  onDone: () => void
}

/** What can be done with the selected experiments. */
export function Selection({ projectId, chosen, onCompare, onDone }: Props) {
  const [asked, setAsked] = useState(false)
  const deletes = useMay('experiment', 'delete')
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: async () => {
      for (const { id } of chosen) await request(`/v1/experiment/${id}`, { method: 'DELETE' })
    },
    onSuccess: () => {
      notify(t`${plural(chosen.length, { one: '# experiment', other: '# experiments' })} deleted`)
      onDone()
    },
    onError: (error) => notifyError(t`Not everything could be deleted`, error),
    onSettled: () => {
      setAsked(false)
      void queryClient.invalidateQueries({ queryKey: ['experiments', projectId] })
    },
  })
  const [newest, ...rest] = chosen
  if (!newest) return null
  const many = rest.length > MOST_BASELINES
  return (
    <>
      <span className="text-s text-ink-3">
        <Trans>{chosen.length} selected</Trans>
      </span>
      <Button
        variant="primary"
        disabled={rest.length === 0 || many}
        title={many ? t`At most ${MOST_BASELINES + 1} at once` : t`The newest against the others`}
        onClick={() => onCompare(newest, rest)}
      >
        {t`Compare`}
      </Button>
      <ArchiveButton projectId={projectId} chosen={chosen} onDone={onDone} />
      {deletes ? (
        <Button variant="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setAsked(true)}>
          {t`Delete`}
        </Button>
      ) : null}
      <Dialog
        open={asked}
        onClose={() => setAsked(false)}
        title={t`Delete ${plural(chosen.length, { one: '# experiment', other: '# experiments' })}?`}
        width="max-w-sm"
        footer={
          <>
            <Button onClick={() => setAsked(false)}>{t`Cancel`}</Button>
            <Button variant="danger" onClick={() => remove.mutate()} disabled={remove.isPending}>
              {t`Delete`}
            </Button>
          </>
        }
      >
        <p className="break-words text-ink-2">
          {chosen.map((item) => item.name).join(', ')}
          {t`: with all cases and scores. This cannot be undone.`}
        </p>
      </Dialog>
    </>
  )
}
