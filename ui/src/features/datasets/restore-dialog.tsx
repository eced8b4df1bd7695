import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Dataset } from '@/api/types'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify } from '@/components/ui/toast'
import { refreshDataset } from './api'
import { Problem } from '@/components/field'
import { restorePreviewQuery, restoreVersion } from './versions'

type Props = { dataset: Dataset; version: string; onClose: () => void; onDone?: () => void }

/** Says what going back to a version would do, and does it. */
export function RestoreDialog({ dataset, version, onClose, onDone }: Props) {
  const client = useQueryClient()
  const preview = useQuery(restorePreviewQuery(dataset.id, version))
  const restore = useMutation({
    mutationFn: () => restoreVersion(dataset.id, version),
    onSuccess: async ({ rows_restored, rows_deleted }) => {
      onClose()
      onDone?.()
      notify(
        t`${plural(rows_restored, { one: '# row', other: '# rows' })} written again, ${rows_deleted} deleted`,
      )
      await refreshDataset(client, dataset.id)
    },
  })
  const found = preview.data
  const nothing = found && found.rows_to_restore + found.rows_to_delete === 0
  const error = restore.error ?? preview.error
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Restore this version?`}
      description={t`It is written as a new version: what is there now stays readable, too.`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            disabled={!found || nothing || restore.isPending}
            onClick={() => restore.mutate()}
          >
            {t`Restore`}
          </Button>
        </>
      }
    >
      {found ? (
        <p className="text-ink-2">
          {nothing
            ? t`The rows are the same now: there is nothing to do.`
            : t`${plural(found.rows_to_restore, { one: '# row', other: '# rows' })} will be written again, ${plural(found.rows_to_delete, { one: '# row', other: '# rows' })} deleted.`}
        </p>
      ) : null}
      {!found && !error ? <Skeleton className="h-4 w-48" /> : null}
      <Problem text={error?.message} />
    </Dialog>
  )
}
