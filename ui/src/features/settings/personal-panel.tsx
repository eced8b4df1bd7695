import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { request } from '@/api/client'
import { meQuery } from '@/api/objects'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows, Tag } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notify, notifyError } from '@/components/ui/toast'
import { landings, useLanding } from '@/lib/landing'
import { chosenLanguage, speak } from '@/lib/language'
import { useTheme, useZone, type Theme, type Zone } from '@/lib/theme'
import { Field, LINE } from '@/components/field'
import { LANGUAGES } from '@/locales'
import { PanelHead } from './panel-head'

type Session = { id: string; created: string; ip: string | null; user_agent: string | null; current: boolean }

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: 'system', label: t`like the system` },
  { value: 'light', label: t`light` },
  { value: 'dark', label: t`dark` },
]
const ZONES: readonly { value: Zone; label: string }[] = [
  { value: 'local', label: t`local time` },
  { value: 'utc', label: t`UTC` },
]

/** A hidden language is listed while it is spoken: there must be a way back. */
const languages = (spoken: string): readonly { value: string; label: string }[] =>
  LANGUAGES.filter(({ name, hidden }) => !hidden || name === spoken).map(({ name, called }) => ({
    value: name,
    label: called,
  }))

/** How Assay looks for the reader, their keys, and the browsers they are signed in with. */
export function PersonalPanel() {
  const { org } = useParams({ from: '/app/$org/settings' })
  const { data: me } = useQuery(meQuery)
  const [theme, setTheme] = useTheme()
  const [zone, setZone] = useZone()
  const [landing, setLanding] = useLanding()
  const language = chosenLanguage().name
  return (
    <section aria-label={t`Personal`} className="max-w-2xl min-w-0">
      <PanelHead
        title={t`Personal`}
        about={me ? `${me.user.email ?? me.user.name ?? ''} · ${me.user.role}` : ''}
        read={{ path: '/api/session/all', name: 'sessions', part: '["objects"]' }}
      />
      <div className="mt-1 grid gap-3 sm:grid-cols-2">
        <Choice label={t`Language`} value={language} options={languages(language)} onChange={speak} />
        <Choice label={t`Theme`} value={theme} options={THEMES} onChange={setTheme} />
        <Choice label={t`Times in`} value={zone} options={ZONES} onChange={setZone} />
        <Choice label={t`Opens with`} value={landing} options={landings()} onChange={setLanding} />
      </div>
      <p className="mt-1 text-s text-ink-3">{t`Kept in this browser.`}</p>
      <h3 className="mt-6 font-semibold">{t`Keys`}</h3>
      <p className="text-ink-2">
        <Trans>
          Keys with which programs act as you are under{' '}
          <Link
            to="/app/$org/settings"
            params={{ org }}
            search={{ tab: 'api-keys' }}
            className="text-accent underline"
          >
            API keys
          </Link>
          .
        </Trans>
      </p>
      <Sessions />
    </section>
  )
}

type ChoiceProps<T extends string> = {
  label: string
  value: T
  options: readonly { value: T; label: string }[]
  onChange: (value: T) => void
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => onChange(event.target.value as T)} className={LINE}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  )
}

function Sessions() {
  const client = useQueryClient()
  const queryKey = ['sessions']
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (await request<{ objects: Session[] }>('/api/session/all', { signal })).objects,
  })
  const done = (): Promise<void> => client.invalidateQueries({ queryKey })
  const end = useMutation({
    mutationFn: (id: string) => request(`/api/session/all/${id}`, { method: 'DELETE' }),
    onSuccess: done,
    onError: (problem) => notifyError(t`It was not signed out`, problem),
  })
  const others = useMutation({
    mutationFn: () => request<{ ended: number }>('/api/session/end_others', { method: 'POST', body: {} }),
    onSuccess: async ({ ended }) => {
      notify(t`${plural(ended, { one: '# browser', other: '# browsers' })} signed out`)
      await done()
    },
    onError: (problem) => notifyError(t`They were not signed out`, problem),
  })
  const more = data?.some((one) => !one.current)
  return (
    <section aria-label={t`Sessions`} className="mt-6">
      <header className="flex items-center gap-3 pb-2">
        <h3 className="flex-1 font-semibold">{t`Signed in`}</h3>
        {more ? (
          <Button disabled={others.isPending} onClick={() => others.mutate()}>
            {t`Sign out everywhere else`}
          </Button>
        ) : null}
      </header>
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={2} label={t`Loading sessions`} /> : null}
      <ul>
        {data?.map((one) => (
          <li key={one.id} className="flex items-start gap-3 border-t border-line py-2">
            <div className="min-w-0 flex-1">
              <p className="break-words">
                {browserOf(one.user_agent)} {one.current ? <Tag>{t`this browser`}</Tag> : null}
              </p>
              <p className="text-s text-ink-3">
                {one.ip ? (
                  <Trans>
                    Signed in <Time iso={one.created} /> from {one.ip}
                  </Trans>
                ) : (
                  <Trans>
                    Signed in <Time iso={one.created} />
                  </Trans>
                )}
              </p>
            </div>
            {one.current ? null : (
              <Button
                aria-label={t`Sign out ${browserOf(one.user_agent)}`}
                disabled={end.isPending}
                onClick={() => end.mutate(one.id)}
              >
                {t`Sign out`}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'macOS'],
  [/Linux/, 'Linux'],
]

/** What people call a browser; the words it sent where none is known. */
function browserOf(agent: string | null): string {
  if (!agent) return t`An unknown browser`
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1]
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1]
  if (!browser) return agent.slice(0, 80)
  return system ? t`${browser} on ${system}` : browser
}
