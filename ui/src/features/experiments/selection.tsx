import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { request } from '@/api/client'
import type { Experiment } from '@/api/types'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
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
    // On a phone above the bar at the bottom: rows must not move under the finger that chooses them.
    <div className="flex items-center gap-2 max-sm:fixed max-sm:inset-x-0 max-sm:bottom-[calc(3.25rem+env(safe-area-inset-bottom))] max-sm:z-20 max-sm:border-t max-sm:border-line max-sm:bg-panel max-sm:p-2">
      <span className="mr-auto text-s text-ink-3">
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
      {asked ? (
        <FormDialog
          title={t`Delete ${plural(chosen.length, { one: '# experiment', other: '# experiments' })}?`}
          width="max-w-sm"
          action={t`Delete`}
          danger
          ready
          busy={remove.isPending}
          onSubmit={() => remove.mutate()}
          onClose={() => setAsked(false)}
        >
          <p className="break-words text-ink-2">
            {chosen.map((item) => item.name).join(', ')}
            {t`: with all cases and scores. This cannot be undone.`}
          </p>
        </FormDialog>
      ) : null}
    </div>
  )
}
