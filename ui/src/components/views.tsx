import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { Suspense, useState, type ReactNode } from 'react'
import { loadLater } from '@/lib/load-later'
import {
  changeView,
  chooseDefault,
  createView,
  defaultView,
  deleteView,
  ownDefaultQuery,
  scopesOf,
  viewsQuery,
  type NewView,
  type View,
  type ViewsOf,
} from '@/api/views'
import { may, permissionsQuery } from '@/api/permissions'
import { Button } from './ui/button'
import { Menu, MenuChoice, MenuItem, MenuRule } from './ui/menu'
import { notify, notifyError } from './ui/toast'

const NameDialog = loadLater(async () => (await import('./view-dialog')).ViewDialog)

const failed = (problem: Error): void => notifyError(t`The view was not saved`, problem)

/**
 * The views of a page and what can be done to them; `choose` shows one, or what is built in. `personal`: each reader may
 * choose the one the page opens with.
 */
export function useViews(
  of: ViewsOf,
  currentId: string | undefined,
  choose: (view: View | undefined) => void,
  personal = false,
) {
  const client = useQueryClient()
  const query = viewsQuery(of)
  const { data: views, error } = useQuery(query)
  const ownQuery = ownDefaultQuery(of)
  const { data: own, isPending: asking } = useQuery({ ...ownQuery, enabled: personal })
  const { data: permissions } = useQuery(permissionsQuery('project', of.project))
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: query.queryKey })
  const create = useMutation({
    mutationFn: (view: NewView) => createView(of, view),
    onSuccess: async (view) => {
      await refresh()
      choose(view)
    },
    onError: failed,
  })
  const change = useMutation({
    mutationFn: ({ view, ...what }: { view: View } & Partial<Pick<View, 'name' | 'options'>>) =>
      changeView(view, what),
    onSuccess: refresh,
    onError: failed,
  })
  const prefer = useMutation({
    mutationFn: async ({ view, on }: { view: View; on: boolean }) => {
      const others = (views ?? []).filter((other) => other.id !== view.id && other.options.default === true)
      const same = others.filter((other) => other.scope === view.scope)
      await changeView(view, { options: { default: on } })
      if (on) await Promise.all(same.map((other) => changeView(other, { options: { default: false } })))
    },
    onSettled: refresh,
    onError: failed,
  })
  const preferMine = useMutation({
    mutationFn: (viewId: string | null | undefined) => chooseDefault(of, viewId),
    onSuccess: (chosen) => client.setQueryData(ownQuery.queryKey, chosen),
    onError: failed,
  })
  const remove = useMutation({
    mutationFn: (view: View) => deleteView(view),
    onSuccess: async (_, view) => {
      choose(undefined)
      await refresh()
      notify(t`“${view.name}” is deleted`, { label: t`Bring it back`, run: () => create.mutate(view) })
    },
    onError: (problem: Error) => notifyError(t`The view was not deleted`, problem),
  })
  const current = views?.find((one) => one.id === currentId) ?? null
  return {
    views: views ?? [],
    scopes: scopesOf(of),
    personal,
    writes: may(permissions, 'project', 'update'),
    known: (views !== undefined || error !== null) && !(personal && asking),
    current,
    preferred: views && defaultView(views, own),
    own: own?.chosen ? own : null,
    error,
    create,
    change,
    prefer,
    preferMine,
    remove,
  }
}

export type Views = ReturnType<typeof useViews>

type Asked = 'new' | 'rename' | null

type MenuProps = {
  state: Views
  choose: (view: View | undefined) => void
  /** What is shown without a view. */
  builtIn: string
  /** What a view is called on this page. */
  noun: string
  /** What a new view would keep. */
  options: View['options']
  /** What is on show is not what the view keeps. */
  changed?: boolean
  /** Offer to open the page with a view. */
  canPrefer?: boolean
  hint?: (view: View) => ReactNode
  /** Menu items between the views and what can be done with them. */
  more?: ReactNode
}

const BUILT_IN = 'built-in'

/** Chooses a view, keeps what is on show as one, and renames, prefers or deletes it. */
export function ViewsMenu(props: MenuProps) {
  const { state, choose, builtIn, noun, options, changed = false, canPrefer = false, hint, more } = props
  const { current, views, preferred, writes } = state
  const [asked, setAsked] = useState<Asked>(null)
  const mark = (view: View): ReactNode => {
    const marks = [
      view.scope === state.scopes[0]
        ? ''
        : view.scope === 'organization'
          ? t`organization`
          : t`every dataset`,
      view.id === preferred?.id ? (state.own ? t`my default` : t`default`) : '',
    ]
    return (
      <>
        {hint?.(view)} {marks.filter(Boolean).join(' · ')}
      </>
    )
  }
  const mine = state.own !== null && state.own.view_id === (current?.id ?? null)
  return (
    <>
      <Menu
        trigger={
          <Button title={changed ? t`This ${noun} has unsaved changes` : t`Choose a ${noun}`}>
            <span className="max-w-40 truncate">{current?.name ?? builtIn}</span>
            {changed ? (
              <span role="img" aria-label={t`changed`} className="size-1.5 rounded-full bg-warn" />
            ) : null}
            <ChevronDown size={13} aria-hidden className="text-ink-3" />
          </Button>
        }
      >
        <MenuChoice
          value={current?.id ?? BUILT_IN}
          onChange={(id) => choose(views.find((view) => view.id === id))}
          options={[
            {
              value: BUILT_IN,
              label: builtIn,
              hint: state.own?.view_id === null ? t`built in, my default` : t`built in`,
            },
            ...views.map((view) => ({ value: view.id, label: view.name, hint: mark(view) })),
          ]}
        />
        {more}
        {writes ? <MenuRule /> : null}
        {writes && current && changed ? (
          <MenuItem onSelect={() => state.change.mutate({ view: current, options })}>
            <Trans>Save changes to “{current.name}”</Trans>
          </MenuItem>
        ) : null}
        {writes ? (
          <MenuItem onSelect={() => setAsked('new')}>
            <Trans>Save as a new {noun} …</Trans>
          </MenuItem>
        ) : null}
        {canPrefer && state.personal ? (
          <MenuItem onSelect={() => state.preferMine.mutate(mine ? undefined : (current?.id ?? null))}>
            {mine ? t`Open as the project does` : t`Make this my default`}
          </MenuItem>
        ) : null}
        {writes && current ? (
          <>
            <MenuItem onSelect={() => setAsked('rename')}>
              <Trans>Rename “{current.name}” …</Trans>
            </MenuItem>
            {canPrefer ? (
              <MenuItem
                onSelect={() => state.prefer.mutate({ view: current, on: current.options.default !== true })}
              >
                {current.options.default === true ? t`Open without a ${noun}` : t`Open with this ${noun}`}
              </MenuItem>
            ) : null}
            <MenuItem onSelect={() => state.remove.mutate(current)}>
              <Trans>Delete “{current.name}”</Trans>
            </MenuItem>
          </>
        ) : null}
      </Menu>
      <Suspense>
        {asked ? (
          <NameDialog
            noun={noun}
            taken={views}
            scopes={state.scopes}
            view={asked === 'rename' ? current : null}
            onClose={() => setAsked(null)}
            onSave={(name, scope) => {
              setAsked(null)
              if (asked === 'new') state.create.mutate({ name, scope, options })
              else if (current) state.change.mutate({ view: current, name })
            }}
          />
        ) : null}
      </Suspense>
    </>
  )
}
