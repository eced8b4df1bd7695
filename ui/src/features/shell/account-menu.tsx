import { t } from '@lingui/core/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Bell, Keyboard, LogOut, Settings2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { logout, meQuery } from '@/api/objects'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { notifyError } from '@/components/ui/toast'
import { useTheme, useZone, type Theme, type Zone } from '@/lib/theme'
import { useUnread } from '../inbox/unread'
import { useShell } from './shell-context'

const themes = (): { value: Theme; label: string }[] => [
  { value: 'system', label: t`Like the system` },
  { value: 'light', label: t`Light` },
  { value: 'dark', label: t`Dark` },
]
const zones = (): { value: Zone; label: string }[] => [
  { value: 'local', label: t`Local time` },
  { value: 'utc', label: t`UTC` },
]

type Props = { narrow: boolean; compact?: boolean; children?: ReactNode }

/** Who is signed in, theme, time zone, sign out; `children` are items before these. */
export function AccountMenu({ narrow, compact = false, children }: Props) {
  const { data: me } = useQuery(meQuery)
  const [theme, setTheme] = useTheme()
  const [zone, setZone] = useZone()
  const { openShortcuts, openInbox } = useShell()
  const unread = useUnread()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const name = me?.user.name || me?.user.email || t`Signed in`

  async function signOut(): Promise<void> {
    try {
      await logout()
      queryClient.clear()
      await navigate({ to: '/login', search: {} })
    } catch (error) {
      notifyError(t`Could not sign out`, error)
    }
  }

  const trigger = compact ? (
    <button
      type="button"
      className="flex flex-1 flex-col items-center justify-center gap-0.5 text-[10.5px] text-ink-3"
    >
      <Settings2 size={18} aria-hidden />
      {t`More`}
    </button>
  ) : (
    <button
      type="button"
      aria-label={narrow ? t`Account and appearance` : t`${name}, account and appearance`}
      className="flex h-7 min-w-0 flex-1 items-center gap-2 rounded px-2 text-left text-ink-2 hover:bg-sunken hover:text-ink"
    >
      <Settings2 size={15} aria-hidden className="shrink-0" />
      {narrow ? null : <span className="truncate">{name}</span>}
    </button>
  )
  return (
    <Menu trigger={trigger} align={compact ? 'end' : 'start'} width="min-w-52">
      {children}
      <MenuLabel>{me ? [name, me.user.role, t`Assay ${me.version}`].join(' · ') : name}</MenuLabel>
      <MenuRule />
      <MenuLabel>{t`Appearance`}</MenuLabel>
      <MenuChoice value={theme} onChange={setTheme} options={themes()} />
      <MenuLabel>{t`Times in`}</MenuLabel>
      <MenuChoice value={zone} onChange={setZone} options={zones()} />
      <MenuRule />
      <MenuItem icon={<Bell size={14} />} onSelect={openInbox} hint={unread}>
        {t`Notifications`}
      </MenuItem>
      <MenuItem icon={<Keyboard size={14} />} onSelect={openShortcuts} hint="?">
        {t`Keyboard shortcuts`}
      </MenuItem>
      <MenuItem icon={<LogOut size={14} />} onSelect={() => void signOut()}>
        {t`Sign out`}
      </MenuItem>
    </Menu>
  )
}
