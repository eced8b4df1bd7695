import { plural, t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Archive, ArchiveRestore } from 'lucide-react'
import { request } from '@/api/client'
import type { Experiment } from '@/api/types'
import { Button } from '@/components/ui/button'
import { notify, notifyError } from '@/components/ui/toast'
import { useMay } from '../projects/project-context'

type Props = {
  projectId: string
  chosen: readonly Experiment[]
  /** Only the picture, where there is little room. */
  small?: boolean
  onDone?: () => void
}

/** Puts experiments away, or back when all of them are away. Nothing for those who may not. */
export function ArchiveButton({ projectId, chosen, small = false, onDone }: Props) {
  const changes = useMay('experiment', 'update')
  const client = useQueryClient()
  const away = chosen.every((item) => item.archived)
  const archive = useMutation({
    mutationFn: async () => {
      for (const { id } of chosen)
        await request(`/v1/experiment/${id}`, { method: 'PATCH', body: { archived: !away } })
    },
    onSuccess: () => {
      notify(
        away
          ? plural(chosen.length, { one: '# experiment brought back', other: '# experiments brought back' })
          : plural(chosen.length, { one: '# experiment archived', other: '# experiments archived' }),
      )
      onDone?.()
    },
    onError: (error) =>
      notifyError(away ? t`Not everything was brought back` : t`Not everything was archived`, error),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['experiments', projectId] })
      void client.invalidateQueries({ queryKey: ['comparison'] }) // default baselines may be others now
    },
  })
  if (!changes) return null
  const label = away ? t`Bring back` : t`Archive`
  const hint = away ? t`List them again` : t`Keep them out of the list; nothing is lost`
  const own = away ? t`List it again` : t`Keep it out of the list; nothing is lost`
  return (
    <Button
      variant={small ? 'ghost' : 'default'}
      icon={away ? <ArchiveRestore size={14} aria-hidden /> : <Archive size={14} aria-hidden />}
      title={small ? `${label}: ${own}` : hint}
      disabled={archive.isPending}
      onClick={() => archive.mutate()}
      {...(small ? { 'aria-label': label } : {})}
    >
      {small ? undefined : label}
    </Button>
  )
}
