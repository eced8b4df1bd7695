import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { meQuery } from '@/api/objects'
import { ASSIGNED } from '@/api/people'
import { MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { literal, path } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { configsQuery } from '../review/configs'

/** What people look for first, in the menu of views: filters that need no writing. */
export function ReadyViews({ onPick }: { onPick: (filters: string[]) => void }) {
  const { project } = useProject()
  const { data: me } = useQuery(meQuery)
  const { data: configs } = useQuery(configsQuery(project.id))
  const answered = (configs ?? [])
    .filter((config) => config.type !== 'free-form' && !config.toExpected)
    .map((config) => `${path('scores', config.name)} IS NOT NULL`)
  const views = [
    { label: t`With an error`, filters: ['any_span(error IS NOT NULL)'] },
    { label: t`Without an error`, filters: ['NOT any_span(error IS NOT NULL)'] },
    ...(answered.length
      ? [{ label: t`Not reviewed yet`, filters: [`NOT any_span(${answered.join(' OR ')})`] }]
      : []),
    ...(me
      ? [{ label: t`Assigned to me`, filters: [`any_span(${ASSIGNED} INCLUDES ${literal(me.user.id)})`] }]
      : []),
    { label: t`With comments`, filters: ['any_span(comments IS NOT NULL)'] },
  ]
  return (
    <>
      <MenuRule />
      <MenuLabel>{t`Ready to use`}</MenuLabel>
      {views.map(({ label, filters }) => (
        <MenuItem key={label} onSelect={() => onPick(filters)}>
          {label}
        </MenuItem>
      ))}
    </>
  )
}
