import { t } from '@lingui/core/macro'
import { Empty } from '@/components/states'
import { Button } from '@/components/ui/button'
import type { LogsSearch } from '@/lib/search-params'
import { DEFAULT_RANGE, rangeLabel } from '@/lib/time-range'
import { useProject } from '../projects/project-context'

/** No rows: because of the filters, because of the time range, or because nothing was ever logged. */
export function LogsEmpty({
  search,
  update,
}: {
  search: Pick<LogsSearch, 't' | 'q' | 'f' | 'view'>
  update: (changes: Partial<Pick<LogsSearch, 't' | 'q' | 'f'>>) => void
}) {
  const { project } = useProject()
  const filtered = Boolean(search.q || search.f?.length)
  const bounded = (search.t ?? DEFAULT_RANGE) !== 'all'
  const firstTrace = `import assay\nassay.init_logger(project=${JSON.stringify(project.name)}).log(input="hello", output="world")`
  if (!filtered && !bounded) {
    return (
      <Empty title={t`No traces yet`} code={firstTrace}>
        {t`Each call of your application that you log or trace becomes a row here, the moment it happens.`}
      </Empty>
    )
  }
  return (
    <Empty
      title={filtered ? t`Nothing matches` : t`No traces in the ${rangeLabel(search.t).toLowerCase()}`}
      {...(filtered ? {} : { code: firstTrace })}
      actions={
        <>
          {filtered ? (
            <Button onClick={() => update({ q: undefined, f: undefined })}>{t`Remove the filters`}</Button>
          ) : null}
          {bounded ? <Button onClick={() => update({ t: 'all' })}>{t`Look at all time`}</Button> : null}
        </>
      }
    >
      {filtered
        ? t`No ${search.view === 'spans' ? t`span` : t`trace`} in ${rangeLabel(search.t).toLowerCase()} has all of these properties.`
        : t`Older ones may exist. Each call of your application that you log or trace becomes a row here:`}
    </Empty>
  )
}
