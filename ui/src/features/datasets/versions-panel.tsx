import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ellipsis, X } from 'lucide-react'
import { useId, useState } from 'react'
import { usePins } from '@/api/environments'
import type { Dataset } from '@/api/types'
import { copyText } from '@/components/copy'
import { PinBadges, PinItems } from '@/components/environments'
import { Spacer } from '@/components/page'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { Badge, SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Menu, MenuItem, MenuRule } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import { cx } from '@/lib/cx'
import type { DatasetSearch } from '@/lib/search-params'
import { usePhone } from '@/lib/use-media'
import { xactTime } from '@/lib/xact'
import { PanelFrame } from '../traces/panel-frame'
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
    <PanelFrame full={false} label={t`Versions`}>
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3.5">
        <h2 className="font-semibold">{t`Versions`}</h2>
        <Spacer />
        <Button
          variant="ghost"
          icon={<X size={16} />}
          aria-label={t`Close`}
          onClick={() => update({ side: undefined })}
          className="-mr-1.5"
        />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!versions && !error ? <SkeletonRows rows={6} label={t`Loading versions`} /> : null}
        {versions?.length === 0 ? (
          <p className="p-3.5 text-ink-2">{t`The first row makes the first version.`}</p>
        ) : null}
        <ol aria-label={t`Versions`}>
          {versions?.map((version) => {
            const { xact } = version
            const now = xact === newest
            const names = snapshots.filter((snapshot) => snapshot.xact_id === xact)
            return (
              <li
                key={xact}
                className={cx(
                  'border-b border-line px-3.5 py-2',
                  (search.v ?? newest) === xact && 'bg-accent-soft',
                )}
              >
                <div className="flex items-center gap-2">
                  <Button
                    variant="ghost"
                    className="-ml-2.5"
                    onClick={() => update({ v: now ? undefined : xact, vs: undefined, r: undefined })}
                  >
                    {now ? t`Now` : <Time iso={xactTime(xact)} />}
                  </Button>
                  <span className="flex min-w-0 flex-wrap gap-1">
                    {names.map((snapshot) => (
                      <Badge key={snapshot.id} tone="unsure" title={snapshot.description ?? t`Snapshot`}>
                        {snapshot.name}
                      </Badge>
                    ))}
                    <PinBadges pins={pins} version={xact} />
                  </span>
                  <Spacer />
                  <Menu
                    align="end"
                    width="min-w-60"
                    trigger={
                      <Button
                        variant="ghost"
                        icon={<Ellipsis size={14} aria-hidden />}
                        aria-label={t`Version ${xact}: what to do with it`}
                        className="-mr-1.5"
                      />
                    }
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
                  </Menu>
                </div>
                <p className="flex gap-2 text-s text-ink-3">
                  <code className="font-mono text-[11.5px]">{xact}</code>
                  <span>{summary(version)}</span>
                </p>
              </li>
            )
          })}
        </ol>
      </div>
      {asked?.kind === 'restore' ? (
        <RestoreDialog dataset={dataset} version={asked.xact} onClose={() => setAsked(null)} />
      ) : null}
      {asked?.kind === 'name' ? (
        <NameDialog datasetId={dataset.id} xact={asked.xact} onClose={() => setAsked(null)} />
      ) : null}
    </PanelFrame>
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
function NameDialog({ datasetId, xact, onClose }: { datasetId: string; xact: string; onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const id = useId()
  const save = useMutation({
    mutationFn: () => createSnapshot(datasetId, name.trim(), xact),
    onSuccess: async () => {
      onClose()
      notify(t`The version is called ${name.trim()}`)
      await client.invalidateQueries({ queryKey: ['snapshots', datasetId] })
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Name this version`}
      description={t`A snapshot is a name for a version; nothing is copied.`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={id} disabled={!name.trim() || save.isPending}>
            {t`Save`}
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) save.mutate()
        }}
      >
        <label className="block text-s font-medium">
          {t`Name`}
          <input
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only field of a dialog just opened
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="release-2"
            className="mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 outline-none focus:border-accent"
          />
        </label>
        {save.error ? (
          <p role="alert" className="mt-1 text-s text-worse">
            {save.error.message}
          </p>
        ) : null}
      </form>
    </Dialog>
  )
}
