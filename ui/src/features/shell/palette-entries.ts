/** What the palette finds: what was open last, pages, actions, and every object of the project that has a name. */
import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import {
  Bell,
  Clock,
  Database,
  FlaskConical,
  Folder,
  Globe,
  Keyboard,
  Link2,
  ListChecks,
  Moon,
  Settings,
  type LucideIcon,
} from 'lucide-react'
import { useMemo } from 'react'
import { datasetsQuery, experimentsQuery, meQuery, projectsQuery } from '@/api/objects'
import { copyText } from '@/components/copy'
import { notify } from '@/components/ui/toast'
import { term } from '@/lib/terms'
import { useTheme, useZone } from '@/lib/theme'
import { sectionOf, storedQuery } from '../prompts/list'
import { queuesQuery } from '../review/queues'
import { sections } from './nav'
import { recentPages } from './recent'
import { useShell } from './shell-context'

export type Entry = { id: string; label: string; kind: string; icon: LucideIcon; run: () => void }

/** Everything that can be found from here, the likeliest first. */
export function useEntries(): Entry[] {
  const objects = useObjects()
  const pages = usePages()
  const actions = useActions()
  const navigate = useNavigate()
  return useMemo(() => {
    const names = new Map(objects.map(({ id, label }) => [id, label]))
    const recent = recentPages().flatMap(({ path, label, kind, project, byId }): Entry[] => {
      const name = byId ? names.get(label) : label
      if (!name) return []
      const run = (): void => void navigate({ to: path })
      return [
        { id: `recent-${path}`, label: name, kind: t`${term(kind)} · ${project} · recent`, icon: Clock, run },
      ]
    })
    return [...recent, ...pages, ...actions, ...objects]
  }, [objects, pages, actions, navigate])
}

function usePages(): Entry[] {
  const { org, project } = useParams({ strict: false })
  const { data: me } = useQuery(meQuery)
  const navigate = useNavigate()
  const orgName = org ?? me?.org.name ?? ''
  return useMemo(() => {
    const here = { org: orgName, project: project ?? '' }
    const kind = term('page')
    const own = sections.map(({ id, label, icon }): Entry => ({
      id: `page-${id}`,
      label: label(),
      kind,
      icon,
      run: () => void navigate({ to: `/app/$org/p/$project/${id}`, params: here }),
    }))
    const ofProject: Entry = {
      id: 'project-settings',
      label: t`Settings of the project`,
      kind,
      icon: Settings,
      run: () => void navigate({ to: '/app/$org/p/$project/settings', params: here }),
    }
    const panel = (tab: string | undefined, label: string): Entry => ({
      id: `settings-${tab ?? ''}`,
      label,
      kind,
      icon: Settings,
      run: () => void navigate({ to: '/app/$org/settings', params: here, search: tab ? { tab } : {} }),
    })
    const all: Entry = {
      id: 'projects',
      label: t`All projects`,
      kind,
      icon: Folder,
      run: () => void navigate({ to: '/app/$org', params: here }),
    }
    return [
      ...(project ? [...own, ofProject] : []),
      all,
      panel(undefined, t`Settings of the organization`),
      panel('members', t`Members`),
      panel('api-keys', t`API keys`),
      panel('providers', t`Model providers`),
      panel('audit', t`Audit log`),
      panel('health', t`Health`),
      panel('personal', t`Personal settings`),
    ]
  }, [orgName, project, navigate])
}

function useActions(): Entry[] {
  const [theme, setTheme] = useTheme()
  const [zone, setZone] = useZone()
  const { openShortcuts, openInbox } = useShell()
  return useMemo(() => {
    const action = (id: string, label: string, icon: LucideIcon, run: () => void): Entry => ({
      id,
      label,
      kind: term('action'),
      icon,
      run,
    })
    const copyLink = (): void =>
      void copyText(window.location.href).then((done) => done && notify(t`Link copied`))
    return [
      action('copy', t`Copy link to this view`, Link2, copyLink),
      action('theme', theme === 'dark' ? t`Switch to light` : t`Switch to dark`, Moon, () =>
        setTheme(theme === 'dark' ? 'light' : 'dark'),
      ),
      action('zone', zone === 'utc' ? t`Show local times` : t`Show times in UTC`, Globe, () =>
        setZone(zone === 'utc' ? 'local' : 'utc'),
      ),
      action('inbox', t`Notifications`, Bell, openInbox),
      action('shortcuts', t`Keyboard shortcuts`, Keyboard, openShortcuts),
    ]
  }, [theme, setTheme, zone, setZone, openShortcuts, openInbox])
}

function useObjects(): Entry[] {
  const { org, project } = useParams({ strict: false })
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const { data: projects } = useQuery(projectsQuery)
  const orgName = org ?? me?.org.name ?? ''
  const projectId = projects?.find((item) => item.name === project)?.id
  const inProject = { enabled: Boolean(projectId) }
  const { data: experiments } = useQuery({ ...experimentsQuery(projectId ?? ''), ...inProject })
  const { data: datasets } = useQuery({ ...datasetsQuery(projectId ?? ''), ...inProject })
  const { data: stored } = useQuery({ ...storedQuery(projectId ?? ''), ...inProject })
  const { data: queues } = useQuery({ ...queuesQuery(projectId ?? ''), ...inProject })
  return useMemo(() => {
    const here = { org: orgName, project: project ?? '' }
    type Named = { id: string; name: string }
    const entry = ({ id, name }: Named, kind: string, icon: LucideIcon, run: () => void): Entry => ({
      id,
      label: name,
      kind: term(kind),
      icon,
      run,
    })
    const of = <T extends Named>(items: readonly T[] | undefined, make: (item: T) => Entry | null): Entry[] =>
      (items ?? []).flatMap((item) => make(item) ?? [])
    return [
      ...of(experiments, (item) =>
        entry(
          item,
          'experiment',
          FlaskConical,
          () =>
            void navigate({
              to: '/app/$org/p/$project/experiments/$name',
              params: { ...here, name: item.name },
            }),
        ),
      ),
      ...of(datasets, (item) =>
        entry(
          item,
          'dataset',
          Database,
          () =>
            void navigate({
              to: '/app/$org/p/$project/datasets/$name',
              params: { ...here, name: item.name },
            }),
        ),
      ),
      ...of(stored, (item) => {
        const section = sectionOf(item)
        const { icon } = sections.find((one) => one.id === section) ?? {}
        if (!section || !icon) return null
        return entry(
          item,
          section === 'prompts' ? 'prompt' : 'scorer',
          icon,
          () =>
            void navigate({ to: `/app/$org/p/$project/${section}/$id`, params: { ...here, id: item.id } }),
        )
      }),
      ...of(queues, (item) =>
        entry(
          item,
          'review_queue',
          ListChecks,
          () =>
            void navigate({ to: '/app/$org/p/$project/review/$queue', params: { ...here, queue: item.id } }),
        ),
      ),
      ...of(projects, (item) =>
        entry(
          item,
          'project',
          Folder,
          () =>
            void navigate({
              to: '/app/$org/p/$project/overview',
              params: { org: orgName, project: item.name },
            }),
        ),
      ),
    ]
  }, [orgName, project, projects, experiments, datasets, stored, queues, navigate])
}
