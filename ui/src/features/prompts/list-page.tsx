import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { pinsQuery } from '@/api/environments'
import { CodeMenu } from '@/components/code-menu'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { Badge, SkeletonRows, Tag } from '@/components/ui/bits'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import { postCode, sqlCommand } from '@/lib/request-code'
import { literal } from '@/lib/sql'
import { xactTime } from '@/lib/xact'
import type { WordsSearch } from '@/lib/search-params'
import { useMay, useProject } from '../projects/project-context'
import { matches } from '../shell/match'
import { createStored, ofSection, useAuthors } from './api'
import { storedQuery, type Section, type Stored } from './list'
import { Field, LINE } from '@/components/field'
import { slugOf, toDraft } from './stored'

const WORDS: Record<Section, { title: string; one: string; fresh: string; empty: string; hint: string }> = {
  prompts: {
    title: t`Prompts`,
    one: t`Prompt`,
    fresh: t`New prompt`,
    empty: t`No prompts yet`,
    hint: t`A prompt kept here has versions, and applications load it by its slug. Make one, or push one from code:`,
  },
  scorers: {
    title: t`Scorers`,
    one: t`Scorer`,
    fresh: t`New scorer`,
    empty: t`No scorers yet`,
    hint: t`A scorer kept here has versions and can be copied as code. Make a judge, or push one from code:`,
  },
}

/** From so many on there is a box to find one. */
const FEW = 8

export function PromptsPage() {
  return <ListPage section="prompts" />
}

export function ScorersPage() {
  return <ListPage section="scorers" />
}

function ListPage({ section }: { section: Section }) {
  const { project } = useProject()
  const { data, error, refetch } = useQuery(storedQuery(project.id))
  const [creating, setCreating] = useState(false)
  const author = useAuthors('project_logs', project.id)
  const creates = useMay(section === 'prompts' ? 'prompt' : 'function', 'create')
  const words = WORDS[section]
  const { q = '' }: WordsSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const all = ofSection(data ?? [], section)
  const found = all.filter(({ name, slug, description }) =>
    matches(q, `${name} ${slug} ${description ?? ''}`),
  )
  return (
    <>
      <PageHead crumbs={[{ label: words.title }]}>
        <Spacer />
        {all.length > FEW || q ? (
          <input
            type="search"
            value={q}
            aria-label={t`Find by name, slug or description`}
            placeholder={t`Find`}
            onChange={(event) =>
              void navigate({ to: '.', search: { q: event.target.value || undefined }, replace: true })
            }
            className="field h-7 w-44 min-w-0 px-2 max-sm:h-8"
          />
        ) : null}
        <CodeMenu
          title={t`This list`}
          read={{
            path: section === 'prompts' ? '/v1/prompt' : '/v1/function',
            params: { project_id: project.id },
            name: section,
            part: '["objects"]',
          }}
          cli={sqlCommand(listSql(section, project.name))}
        />
        {creates ? (
          <Button variant="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setCreating(true)}>
            {words.one}
          </Button>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <SkeletonRows label={t`Loading: ${words.title}`} /> : null}
        {all.length && found.length === 0 ? (
          <p className="px-3.5 py-8 text-ink-2">{t`Nothing is called “${q}”`}</p>
        ) : null}
        {data && all.length === 0 ? (
          <Empty title={words.empty} code={pushCode(section, project.id)}>
            {words.hint}
          </Empty>
        ) : null}
        {found.length ? (
          <table className="w-full border-collapse">
            <thead className="text-left text-xs text-ink-3">
              <tr className="h-7 border-b border-line [&>th]:px-3.5 [&>th]:font-medium">
                <th>{words.one}</th>
                <th className="max-sm:hidden">{t`Slug`}</th>
                <th>{section === 'scorers' ? t`Made of` : t`Model`}</th>
                <th className="max-sm:hidden">{t`Environments`}</th>
                <th className="!text-right max-sm:hidden">{t`Version`}</th>
                <th className="!text-right">{t`Saved`}</th>
              </tr>
            </thead>
            <tbody>
              {found.map((stored) => (
                <StoredRow key={stored.id} stored={stored} section={section} author={author(stored)} />
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
      {creating ? <NewDialog section={section} onClose={() => setCreating(false)} /> : null}
    </>
  )
}

function StoredRow({ stored, section, author }: { stored: Stored; section: Section; author: string }) {
  const { org, project } = useProject()
  const { data: pins = [] } = useQuery(
    pinsQuery(stored.function_data?.type === 'prompt' ? 'prompt' : 'function', stored.id),
  )
  const { model } = toDraft(stored)
  const code = stored.function_data?.type !== 'prompt'
  return (
    <tr className="h-10 border-b border-line hover:bg-panel [&>td]:px-3.5">
      <td className="w-2/5 max-w-0">
        <Link
          to={`/app/$org/p/$project/${section}/$id`}
          params={{ org, project: project.name, id: stored.id }}
          className="block truncate font-medium hover:text-accent"
        >
          {stored.name}
        </Link>
        {stored.description ? (
          <span className="block truncate text-s text-ink-3">{stored.description}</span>
        ) : null}
      </td>
      <td className="max-w-48 truncate font-mono text-[11.5px] text-ink-2 max-sm:hidden">{stored.slug}</td>
      <td className="max-w-40 truncate">
        {code ? (
          <Tag>{String(stored.function_data?.type ?? 'function')}</Tag>
        ) : (
          model || <span className="text-ink-3">–</span>
        )}
      </td>
      <td className="max-sm:hidden">
        <span className="flex flex-wrap gap-1">
          {pins.map((pin) => (
            <Badge
              key={pin.id}
              tone={pin.object_version === stored._xact_id ? 'better' : 'unsure'}
              title={
                pin.object_version === stored._xact_id
                  ? t`uses the newest version`
                  : t`uses version ${pin.object_version}`
              }
            >
              {pin.environment_slug}
            </Badge>
          ))}
        </span>
      </td>
      <td className="text-right font-mono text-[11.5px] text-ink-3 max-sm:hidden">{stored._xact_id}</td>
      <td className="max-w-36 text-right text-ink-3">
        <Time iso={xactTime(stored._xact_id)} />
        <span className="block truncate text-s" title={t`Saved by ${author}`}>
          {author}
        </span>
      </td>
    </tr>
  )
}

function listSql(section: Section, project: string): string {
  return section === 'prompts'
    ? `SELECT id, slug, name FROM project_prompts(${literal(project)})`
    : `SELECT id, slug, name FROM project_functions(${literal(project)}) WHERE function_type IN ('scorer', 'classifier')`
}

function pushCode(section: Section, projectId: string): string {
  const body =
    section === 'prompts'
      ? {
          project_id: projectId,
          name: 'Greet',
          slug: 'greet',
          prompt_data: { prompt: { type: 'completion', content: 'Greet {{name}}' } },
        }
      : {
          project_id: projectId,
          name: 'Short',
          slug: 'short',
          function_type: 'scorer',
          function_data: { type: 'prompt' },
        }
  const path = section === 'prompts' ? 'prompt' : 'function'
  return postCode(`/v1/${path}`, body, window.location.origin)
}

function NewDialog({ section, onClose }: { section: Section; onClose: () => void }) {
  const { org, project } = useProject()
  const [name, setName] = useState('')
  const [typed, setTyped] = useState<string | null>(null)
  const slug = typed ?? slugOf(name)
  const client = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: () => createStored(project.id, section, { name: name.trim(), slug: slug.trim() }),
    onSuccess: async (stored) => {
      onClose()
      await client.invalidateQueries({ queryKey: ['stored', project.id] })
      await navigate({
        to: `/app/$org/p/$project/${section}/$id`,
        params: { org, project: project.name, id: stored.id },
      })
    },
  })
  return (
    <FormDialog
      title={WORDS[section].fresh}
      {...(section === 'scorers'
        ? { description: t`A judge: a model reads the case and chooses; each choice is a score.` }
        : {})}
      width="max-w-sm"
      action={t`Create`}
      ready={Boolean(name.trim() && slug.trim())}
      busy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <Field label={t`Name`}>
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the first field of a dialog just opened
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
          className={LINE}
        />
      </Field>
      <Field label={t`Slug`} hint={t`What code names it by.`}>
        <input
          value={slug}
          onChange={(event) => setTyped(event.target.value)}
          className={`${LINE} font-mono`}
        />
      </Field>
    </FormDialog>
  )
}
