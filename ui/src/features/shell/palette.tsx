import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import {
  Clock,
  Database,
  FlaskConical,
  Folder,
  KeyRound,
  Link2,
  Moon,
  Search,
  Settings,
  type LucideIcon,
} from 'lucide-react'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { datasetsQuery, experimentsQuery, meQuery, projectsQuery } from '@/api/objects'
import { copyText } from '@/components/copy'
import { Spotlight } from '@/components/ui/dialog'
import { notify } from '@/components/ui/toast'
import { cx } from '@/lib/cx'
import { term } from '@/lib/terms'
import { useTheme } from '@/lib/theme'
import { sectionOf, storedQuery } from '../prompts/list'
import { matches } from './match'
import { sections } from './nav'
import { recentPages } from './recent'

type Entry = { id: string; label: string; kind: string; icon: LucideIcon; run: () => void }
const MOST = 40

/** ⌘K: go anywhere, do anything that has a name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const entries = useEntries()
  const found = useMemo(
    () => entries.filter((entry) => matches(words, `${entry.label} ${entry.kind}`)).slice(0, MOST),
    [entries, words],
  )
  const index = Math.min(at, Math.max(0, found.length - 1))

  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' })
  }, [index])

  function choose(entry: Entry | undefined): void {
    if (!entry) return
    onClose()
    entry.run()
  }

  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step && found.length) {
      event.preventDefault()
      setAt((index + step + found.length) % found.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(found[index])
    }
  }

  return (
    <Spotlight open onClose={onClose} label={t`Find anything`}>
      <div className="flex h-11 items-center gap-2.5 border-b border-line px-3.5">
        <Search size={15} aria-hidden className="text-ink-3" />
        <input
          autoFocus
          value={words}
          onChange={(event) => {
            setWords(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKey}
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={found[index] ? `palette-${found[index].id}` : undefined}
          aria-label={t`Find a page, experiment, dataset, prompt, project or action`}
          placeholder={t`Find a page, experiment, dataset, prompt, project or action`}
          className="h-full flex-1 bg-transparent outline-none placeholder:text-ink-3"
        />
      </div>
      <div
        ref={list}
        id="palette-list"
        role="listbox"
        aria-label={t`Results`}
        className="max-h-[min(24rem,60vh)] overflow-y-auto p-1"
      >
        {found.map((entry, i) => (
          <div
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={i === index}
            onMouseMove={() => setAt(i)}
            onClick={() => choose(entry)}
            className={cx(
              'flex h-8 cursor-default items-center gap-2.5 rounded px-2.5 max-sm:h-10',
              i === index && 'bg-sunken',
            )}
          >
            <entry.icon size={14} aria-hidden className="shrink-0 text-ink-3" />
            <span className="min-w-0 flex-1 truncate">{entry.label}</span>
            <span className="shrink-0 text-xs text-ink-3">{entry.kind}</span>
          </div>
        ))}
        {found.length === 0 ? (
          <p className="px-3 py-6 text-center text-ink-3">
            <Trans>Nothing is called “{words}”</Trans>
          </p>
        ) : null}
      </div>
    </Spotlight>
  )
}

function useEntries(): Entry[] {
  const { org, project } = useParams({ strict: false })
  const navigate = useNavigate()
  const [theme, setTheme] = useTheme()
  const { data: me } = useQuery(meQuery)
  const { data: projects = [] } = useQuery(projectsQuery)
  const orgName = org ?? me?.org.name ?? ''
  const projectId = projects.find((item) => item.name === project)?.id
  const { data: experiments = [] } = useQuery({
    ...experimentsQuery(projectId ?? ''),
    enabled: Boolean(projectId),
  })
  const { data: datasets = [] } = useQuery({ ...datasetsQuery(projectId ?? ''), enabled: Boolean(projectId) })
  const { data: stored = [] } = useQuery({ ...storedQuery(projectId ?? ''), enabled: Boolean(projectId) })
  return useMemo(() => {
    const here = { org: orgName, project: project ?? '' }
    const pages = project
      ? sections.map((s): Entry => ({
          id: `page-${s.id}`,
          label: s.label(),
          kind: term('page'),
          icon: s.icon,
          run: () => void navigate({ to: `/app/$org/p/$project/${s.id}`, params: here }),
        }))
      : []
    const recent = recentPages().map((item): Entry => ({
      id: `recent-${item.path}`,
      label: item.label,
      kind: t`recent ${term(item.kind)}`,
      icon: Clock,
      run: () => void navigate({ to: item.path }),
    }))
    const actions: Entry[] = [
      {
        id: 'settings',
        label: t`Settings`,
        kind: term('page'),
        icon: Settings,
        run: () =>
          void navigate({
            to: project ? '/app/$org/p/$project/settings' : '/app/$org/settings',
            params: here,
          }),
      },
      {
        id: 'keys',
        label: t`API keys`,
        kind: term('page'),
        icon: KeyRound,
        run: () => void navigate({ to: '/app/$org/settings', params: here, search: { tab: 'api-keys' } }),
      },
      {
        id: 'copy',
        label: t`Copy link to this view`,
        kind: term('action'),
        icon: Link2,
        run: () => void copyText(window.location.href).then((done) => done && notify(t`Link copied`)),
      },
      {
        id: 'theme',
        label: theme === 'dark' ? t`Switch to light` : t`Switch to dark`,
        kind: term('action'),
        icon: Moon,
        run: () => setTheme(theme === 'dark' ? 'light' : 'dark'),
      },
    ]
    return [
      ...pages,
      ...recent,
      ...experiments.map((item): Entry => ({
        id: item.id,
        label: item.name,
        kind: term('experiment'),
        icon: FlaskConical,
        run: () =>
          void navigate({
            to: '/app/$org/p/$project/experiments/$name',
            params: { ...here, name: item.name },
          }),
      })),
      ...datasets.map((item): Entry => ({
        id: item.id,
        label: item.name,
        kind: term('dataset'),
        icon: Database,
        run: () =>
          void navigate({ to: '/app/$org/p/$project/datasets/$name', params: { ...here, name: item.name } }),
      })),
      ...stored.flatMap((item): Entry[] => {
        const section = sectionOf(item)
        if (!section) return []
        return [
          {
            id: item.id,
            label: item.name,
            kind: section.slice(0, -1),
            icon: sections.find((one) => one.id === section)!.icon,
            run: () =>
              void navigate({ to: `/app/$org/p/$project/${section}/$id`, params: { ...here, id: item.id } }),
          },
        ]
      }),
      ...projects.map((item): Entry => ({
        id: item.id,
        label: item.name,
        kind: term('project'),
        icon: Folder,
        run: () =>
          void navigate({
            to: '/app/$org/p/$project/overview',
            params: { org: orgName, project: item.name },
          }),
      })),
      ...actions,
    ]
  }, [orgName, project, projects, experiments, datasets, stored, navigate, theme, setTheme])
}
