import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { meQuery } from '@/api/objects'
import {
  createSharedLink,
  organizationQuery,
  revokeSharedLink,
  sharedLinksQuery,
  type LinkTarget,
  type NewLink,
  type Organization,
  type SharedLink,
} from '@/api/shared-links'
import { CopyButton } from '@/components/copy'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { Field, Problem } from '@/components/field'
import { embedCode } from './embed'

type Props = { what: SharedLink['kind']; target: LinkTarget; onClose: () => void }

const SHOWS: Record<SharedLink['kind'], string> = {
  experiment: t`the experiment beside the baselines on show now, with all their cases and traces`,
  trace: t`this trace with everything logged in it, comments and scores too`,
  board: t`this board with its charts as they are at that moment, over the whole project`,
}

/** Makes and revokes public links to one object. */
export function ShareDialog({ what, target, onClose }: Props) {
  const { project } = useProject()
  const org = useQuery(organizationQuery)
  const links = useQuery(sharedLinksQuery(project.id, target))
  const [made, setMade] = useState<NewLink | null>(null)
  const error = org.error ?? links.error
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Share this ${what}`}
      description={t`Whoever has a link reads ${SHOWS[what]}, without signing in. They can change nothing.`}
    >
      {error ? <ErrorState error={error} /> : null}
      {!org.data && !error ? <Skeleton className="h-16 w-full" /> : null}
      {org.data?.public_links === 'forbidden' ? <Forbidden /> : null}
      {org.data?.public_links === 'allowed' && !made ? <Create target={target} onMade={setMade} /> : null}
      {made ? <Made link={made} org={org.data} /> : null}
      {links.data?.length ? <Links links={links.data} /> : null}
    </Dialog>
  )
}

function Forbidden() {
  const { org } = useProject()
  const { data: me } = useQuery(meQuery)
  return (
    <div className="rounded-l border border-line bg-panel p-3">
      <p className="font-medium">{t`Your organization does not allow public links.`}</p>
      <p className="mt-0.5 text-ink-2">
        {me?.user.role === 'owner' ? (
          <Link
            to="/app/$org/settings"
            params={{ org }}
            search={{ tab: 'sharing' }}
            className="text-accent hover:underline"
          >
            {t`Allow them in the settings.`}
          </Link>
        ) : (
          t`An owner can allow them in the settings.`
        )}
      </p>
    </div>
  )
}

const DAYS = [
  { value: '1', label: t`in a day` },
  { value: '7', label: t`in 7 days` },
  { value: '30', label: t`in 30 days` },
  { value: '', label: t`when it is revoked` },
] as const

function Create({ target, onMade }: { target: LinkTarget; onMade: (link: NewLink) => void }) {
  const client = useQueryClient()
  const [days, setDays] = useState<string>('7')
  const create = useMutation({
    mutationFn: () =>
      createSharedLink(target, days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null),
    onSuccess: async (link) => {
      onMade(link)
      await client.invalidateQueries({ queryKey: ['shared-links'] })
    },
  })
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-end gap-2">
        <Field label={t`The link ends`}>
          <select value={days} onChange={(event) => setDays(event.target.value)} className="field h-8 px-2">
            {DAYS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </Field>
        <Button variant="primary" className="h-8" disabled={create.isPending} onClick={() => create.mutate()}>
          {t`Create a link`}
        </Button>
      </div>
      <Problem text={create.error?.message} />
    </div>
  )
}

/** The address of a new link, and for boards how to put it into another page. */
function Made({ link, org }: { link: NewLink; org: Organization | undefined }) {
  const origins = org?.embed_origins ?? []
  return (
    <div role="status" className="rounded-l border border-better/40 bg-better-soft p-3">
      <p className="font-medium">{t`Copy the link now: it is not shown again.`}</p>
      <p className="mt-1 flex items-center gap-2">
        <code className="min-w-0 flex-1 truncate font-mono text-s">{link.url}</code>
        <CopyButton text={link.url} label={t`Copy the link`} />
      </p>
      {link.kind === 'board' ? (
        <p className="mt-2 flex items-center gap-2 text-s">
          <span className="min-w-0 flex-1">
            {origins.length
              ? t`Embed code, for pages of ${origins.join(', ')}`
              : t`No page may embed it yet: an owner lists their origins in the settings.`}
          </span>
          <CopyButton text={embedCode(link.url, link.name)} label={t`Copy embed code`} />
        </p>
      ) : null}
    </div>
  )
}

function Links({ links }: { links: readonly SharedLink[] }) {
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: revokeSharedLink,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['shared-links'] })
      notify(t`The link shows nothing any more`)
    },
    onError: (problem) => notifyError(t`The link was not revoked`, problem),
  })
  return (
    <section aria-label={t`Links`} className="mt-4">
      <h3 className="mb-1 text-s font-medium">{t`Links that were made`}</h3>
      <ul className="divide-y divide-line border-y border-line">
        {links.map((link) => (
          <li key={link.id} className="flex items-center gap-3 py-1 text-s">
            <code className="font-mono text-[11.5px]">…{link.preview_token.slice(-4)}</code>
            <span className="min-w-0 flex-1 truncate text-ink-3">
              <Trans>
                made <Time iso={link.created} />
              </Trans>
              {link.expires_at ? (
                <>
                  <Trans>
                    , ends <Time iso={link.expires_at} />
                  </Trans>
                </>
              ) : null}
            </span>
            <Button
              variant="ghost"
              icon={<Trash2 size={13} aria-hidden />}
              aria-label={t`Revoke ${link.preview_token.slice(-4)}`}
              onClick={() => revoke.mutate(link.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}
