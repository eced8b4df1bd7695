import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { usePins } from '@/api/environments'
import type { Dataset } from '@/api/types'
import { copyText } from '@/components/copy'
import { PinBadges, PinItems } from '@/components/environments'
import { NameDialog } from '@/components/name-dialog'
import { ErrorState } from '@/components/states'
import { Badge, SkeletonRows } from '@/components/ui/bits'
import { MenuItem, MenuRule } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import type { DatasetSearch } from '@/lib/search-params'
import { usePhone } from '@/lib/use-media'
import { VersionItem, VersionsFrame } from '../traces/versions-frame'
import { RestoreDialog } from './restore-dialog'
import {
  createSnapshot,
  deleteSnapshot,
  snapshotsQuery,
  versionsQuery,
  type Snapshot,
  type Version,
} from './versions'

type Props = {
  dataset: Dataset
  search: DatasetSearch
  update: (changes: Partial<DatasetSearch>) => void
}

/** Every version of a dataset: read it, compare it, name it, go back to it, let environments use it. */
export function VersionsPanel({ dataset, search, update: change }: Props) {
  const phone = usePhone()
  // On a phone the panel lies over what was chosen in it.
  const update: Props['update'] = (changes) => change(phone ? { side: undefined, ...changes } : changes)
  const client = useQueryClient()
  const { data: versions, error, refetch } = useQuery(versionsQuery(dataset.id))
  const { data: snapshots = [] } = useQuery(snapshotsQuery(dataset.id))
  const pins = usePins('dataset', dataset.id)
  const [asked, setAsked] = useState<{ kind: 'name' | 'restore'; xact: string } | null>(null)
  const remove = useMutation({
    mutationFn: (snapshot: Snapshot) => deleteSnapshot(snapshot.id),
    onSuccess: async (_done, { name }) => {
      notify(t`${name} is no name any more; its version stays`)
      await client.invalidateQueries({ queryKey: ['snapshots', dataset.id] })
    },
    onError: (problem) => notifyError(t`The snapshot was not deleted`, problem),
  })
  const newest = versions?.[0]?.xact
  return (
    <>
      <VersionsFrame
        onClose={() => update({ side: undefined })}
        before={
          <>
            {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
            {!versions && !error ? <SkeletonRows rows={6} label={t`Loading versions`} /> : null}
            {versions?.length === 0 ? (
              <p className="p-3.5 text-ink-2">{t`The first row makes the first version.`}</p>
            ) : null}
          </>
        }
      >
        {versions?.map((version) => {
          const { xact } = version
          const now = xact === newest
          const names = snapshots.filter((snapshot) => snapshot.xact_id === xact)
          return (
            <VersionItem
              key={xact}
              xact={xact}
              title={now ? t`Now` : undefined}
              on={(search.v ?? newest) === xact}
              onShow={() => update({ v: now ? undefined : xact, vs: undefined, r: undefined })}
              badges={
                <>
                  {names.map((snapshot) => (
                    <Badge key={snapshot.id} tone="unsure" title={snapshot.description ?? t`Snapshot`}>
                      {snapshot.name}
                    </Badge>
                  ))}
                  <PinBadges pins={pins} version={xact} />
                </>
              }
              summary={summary(version)}
            >
              {now ? null : (
                <>
                  <MenuItem onSelect={() => update({ vs: xact, v: undefined, r: undefined })}>
                    {t`Compare with now`}
                  </MenuItem>
                  {search.v && search.v !== xact ? (
                    <MenuItem onSelect={() => update({ vs: xact, r: undefined })}>
                      {t`Compare with the one on show`}
                    </MenuItem>
                  ) : null}
                  <MenuItem onSelect={() => setAsked({ kind: 'restore', xact })}>
                    {t`Restore this version …`}
                  </MenuItem>
                </>
              )}
              <MenuItem onSelect={() => setAsked({ kind: 'name', xact })}>{t`Name it …`}</MenuItem>
              {names.map((snapshot) => (
                <MenuItem key={snapshot.id} onSelect={() => remove.mutate(snapshot)}>
                  <Trans>Delete the snapshot “{snapshot.name}”</Trans>
                </MenuItem>
              ))}
              <MenuItem
                onSelect={() => void copyText(xact).then((done) => done && notify(t`Version copied`))}
              >
                {t`Copy the version`}
              </MenuItem>
              <MenuRule />
              <PinItems pins={pins} version={xact} />
            </VersionItem>
          )
        })}
      </VersionsFrame>
      {asked?.kind === 'restore' ? (
        <RestoreDialog dataset={dataset} version={asked.xact} onClose={() => setAsked(null)} />
      ) : null}
      {asked?.kind === 'name' ? (
        <Naming datasetId={dataset.id} xact={asked.xact} onClose={() => setAsked(null)} />
      ) : null}
    </>
  )
}

function summary({ written, deleted }: Version): string {
  return [
    written ? t`${plural(written, { one: '# row', other: '# rows' })} written` : '',
    deleted ? t`${deleted} deleted` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** Asks for the name of a version. */
function Naming({ datasetId, xact, onClose }: { datasetId: string; xact: string; onClose: () => void }) {
  const client = useQueryClient()
  const save = useMutation({
    mutationFn: (name: string) => createSnapshot(datasetId, name, xact),
    onSuccess: async (_made, name) => {
      onClose()
      notify(t`The version is called ${name}`)
      await client.invalidateQueries({ queryKey: ['snapshots', datasetId] })
    },
  })
  return (
    <NameDialog
      title={t`Name this version`}
      description={t`A snapshot is a name for a version; nothing is copied.`}
      placeholder="release-2"
      action={t`Save`}
      busy={save.isPending}
      error={save.error}
      onSave={(name) => save.mutate(name)}
      onClose={onClose}
    />
  )
}
