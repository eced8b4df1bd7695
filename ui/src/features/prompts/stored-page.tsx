import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useBlocker, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { History } from 'lucide-react'
import { useState } from 'react'
import { usePins } from '@/api/environments'
import { PinBadges } from '@/components/environments'
import { PageHead, Spacer, SubHead } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows, Tag } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import type { StoredSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { xactTime } from '@/lib/xact'
import { projectPath, useMay, useProject } from '../projects/project-context'
import { AccessButton } from '../settings/access-button'
import { LongText } from '../traces/long-text'
import { oneQuery, useAuthors, versionsQuery } from './api'
import { DiffView } from './diff-view'
import { StoredEditor } from './editor'
import { MoreMenu } from './more-menu'
import { ConflictDialog, useSaving, type Saving } from './saving'
import { sectionOf, type Section, type Stored } from './list'
import { fromDraft, madeOf, toDraft, variables, type Draft } from './stored'
import { StoredVersions } from './versions-panel'

/** A prompt or a scorer: read it, edit it into a new version, compare versions, go back to one. */
export function StoredPage() {
  const { org, project } = useProject()
  const { id = '' } = useParams({ strict: false })
  const { pathname } = useLocation()
  const here: Section = pathname.includes('/scorers/') ? 'scorers' : 'prompts'
  const { data, error, refetch } = useQuery(oneQuery(id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows label={t`Loading`} />
  const section = sectionOf(data)
  const params = { org, project: project.name, id: data.id }
  if (!section) return <Navigate replace to="/app/$org/p/$project/functions/$id" params={params} />
  if (section !== here) return <Navigate replace to={`/app/$org/p/$project/${section}/$id`} params={params} />
  if (data.project_id !== project.id)
    return (
      <Empty title={t`It belongs to another project`}>
        <Trans>The link names project {project.name}.</Trans>
      </Empty>
    )
  return <Loaded key={data.id} newest={data} section={section} />
}

function Loaded({ newest, section }: { newest: Stored; section: Section }) {
  const { project } = useProject()
  const search: StoredSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const update = useStable(
    (changes: StoredSearch) =>
      void navigate({ to: '.', search: ((now: StoredSearch) => ({ ...now, ...changes })) as never }),
  )
  const versions = useQuery(versionsQuery(project.id, newest.id))
  const pins = usePins(newest.function_data?.type === 'prompt' ? 'prompt' : 'function', newest.id)
  const find = (xact: string | undefined): Stored | undefined =>
    versions.data?.find((version) => version._xact_id === xact)
  const pinned = search.v && search.v !== newest._xact_id ? search.v : undefined
  const shown = pinned ? find(pinned) : newest
  const other = find(search.vs)
  const saving = useSaving(newest, () => update({ v: undefined, vs: undefined }))
  if (pinned && !shown) {
    if (versions.error) return <ErrorState error={versions.error} retry={() => void versions.refetch()} />
    if (!versions.data) return <SkeletonRows label={t`Loading the version`} />
    return (
      <Empty
        title={t`There is no such version`}
        actions={<Button onClick={() => update({ v: undefined })}>{t`Show the newest`}</Button>}
      >
        <Trans>
          {pinned} is no version of “{newest.name}”.
        </Trans>
      </Empty>
    )
  }
  return (
    <>
      <Sheet
        // A draft belongs to the version it was made from.
        key={pinned ?? 'newest'}
        newest={newest}
        shown={shown!}
        section={section}
        readOnly={Boolean(pinned)}
        search={search}
        update={update}
        pins={pins}
        saving={saving}
        other={other}
        versions={versions.data ?? []}
      />
      {saving.overtaken ? <ConflictDialog saving={saving} /> : null}
    </>
  )
}

type SheetProps = {
  newest: Stored
  shown: Stored
  section: Section
  readOnly: boolean
  search: StoredSearch
  update: (changes: StoredSearch) => void
  pins: ReturnType<typeof usePins>
  saving: Saving
  other: Stored | undefined
  versions: readonly Stored[]
}

function Sheet(props: SheetProps) {
  const { newest, shown, section, readOnly, search, update, pins, saving, other, versions } = props
  const { org, project } = useProject()
  const writes = useMay(section === 'prompts' ? 'prompt' : 'function', 'update')
  // The draft stays with the version it was made from, though a newer one may be read meanwhile.
  const [edited, setEdited] = useState<{ draft: Draft; base: Stored } | null>(null)
  const { draft, base } = edited ?? { draft: toDraft(shown), base: shown }
  const read = fromDraft(draft, base)
  const author = useAuthors('function', newest.id)(shown)
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      (current.pathname !== next.pathname ||
        (current.search as StoredSearch).v !== (next.search as StoredSearch).v) &&
      !window.confirm(t`Leave without saving the changes?`),
    enableBeforeUnload: true,
    disabled: edited === null || saving.busy,
  })
  const save = (): void => {
    if (read.ok) saving.save({ base, content: read.content, done: () => setEdited(null) })
  }
  const revert = (version: Stored): void =>
    saving.save({
      base: newest,
      content: {
        name: version.name,
        slug: version.slug,
        description: version.description ?? null,
        ...(version.prompt_data ? { prompt_data: version.prompt_data } : {}),
        ...(version.function_data ? { function_data: version.function_data } : {}),
      },
      done: () => setEdited(null),
    })
  return (
    <>
      <PageHead
        crumbs={[
          {
            label: section === 'prompts' ? t`Prompts` : t`Scorers`,
            to: projectPath(org, project.name, section),
          },
          { label: shown.name },
        ]}
        after={<PinBadges pins={pins} version={shown._xact_id} />}
      >
        <Spacer />
        <AccessButton
          about={{
            type: 'prompt', // what rules call every stored function
            id: shown.id,
            name: shown.name,
            noun: section === 'prompts' ? t`prompt` : t`scorer`,
          }}
        />
        <MoreMenu stored={shown} section={section} version={readOnly ? shown._xact_id : undefined} />
        <Button
          active={search.side === 'versions'}
          icon={<History size={14} aria-hidden />}
          aria-label={t`Versions`}
          onClick={() => update({ side: search.side ? undefined : 'versions' })}
        >
          <span className="max-sm:hidden">{t`Versions`}</span>
        </Button>
        {readOnly ? (
          <Button variant="primary" onClick={() => update({ v: undefined, vs: undefined })}>
            {t`Back to the newest`}
          </Button>
        ) : !writes ? null : (
          <>
            {edited ? <Button onClick={() => setEdited(null)}>{t`Discard`}</Button> : null}
            <Button variant="primary" disabled={!edited || !read.ok || saving.busy} onClick={save}>
              {t`Save version`}
            </Button>
          </>
        )}
      </PageHead>
      <SubHead className={readOnly ? 'bg-warn-soft' : ''}>
        <span className="text-s text-ink-2">
          {readOnly ? <>{t`An old version, to be read only.`} </> : null}
          <Trans>
            Saved <Time iso={xactTime(shown._xact_id)} />
          </Trans>
          {author ? ` · ${author}` : null}
          {' · '}
          <code className="font-mono text-[11.5px]">{shown._xact_id}</code>
        </span>
        <Variables stored={shown} draft={draft} />
        <Spacer />
        <span className="text-s text-ink-2">
          {t`Kept and versioned here, loaded by code. It cannot be run here yet.`}
        </span>
      </SubHead>
      <div className="flex min-h-0 flex-1">
        {other ? (
          <DiffView a={other} b={shown} onClose={() => update({ vs: undefined })} />
        ) : (
          <div className="min-h-0 min-w-0 flex-1 overflow-y-auto p-3.5">
            <StoredEditor
              draft={draft}
              problems={read.ok ? {} : read.problems}
              readOnly={readOnly || !writes}
              onChange={(changes) => setEdited({ draft: { ...draft, ...changes }, base })}
            />
            <MadeOf stored={shown} />
          </div>
        )}
        {search.side === 'versions' ? (
          <StoredVersions
            id={newest.id}
            versions={versions}
            shown={shown._xact_id}
            pins={pins}
            update={update}
            onRevert={revert}
          />
        ) : null}
      </div>
    </>
  )
}

function Variables({ stored, draft }: { stored: Stored; draft: Draft }) {
  const names = variables(draft, stored.prompt_data?.template_format)
  if (names.length === 0) return null
  return (
    <span aria-label={t`Variables`} className="flex min-w-0 flex-wrap items-center gap-1 text-s text-ink-2">
      {t`takes`}
      {names.map((name) => (
        <Tag key={name}>{name}</Tag>
      ))}
    </span>
  )
}

/** What a scorer that is no prompt is made of: code, or data of its own. */
function MadeOf({ stored }: { stored: Stored }) {
  const text = madeOf(stored.function_data)
  if (!text) return null
  return (
    <section aria-label={t`Code`} className="mt-4 max-w-3xl">
      <h2 className="mb-1 text-s font-medium">{t`Made of ${String(stored.function_data?.type)}`}</h2>
      <div className="overflow-hidden rounded-l border border-line">
        <LongText text={text} mono />
      </div>
      <p className="mt-1 text-s text-ink-3">{t`It is pushed from code, and changed there.`}</p>
    </section>
  )
}
