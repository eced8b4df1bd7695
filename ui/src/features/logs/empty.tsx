import { t } from '@lingui/core/macro'
import { Empty } from '@/components/states'
import { Button } from '@/components/ui/button'
import type { LogsSearch } from '@/lib/search-params'
import { DEFAULT_RANGE, PRESETS } from '@/lib/time-range'
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
  const range = search.t ?? DEFAULT_RANGE
  const bounded = range !== 'all'
  const preset = PRESETS.find((item) => item.value === range)?.label.toLowerCase()
  const before = preset ? t`No traces in the ${preset}` : t`No traces in this time`
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
      title={filtered ? t`Nothing matches` : before}
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
        ? noMatch(search.view === 'spans', bounded)
        : t`Older ones may exist. Each call of your application that you log or trace becomes a row here:`}
    </Empty>
  )
}

function noMatch(spans: boolean, bounded: boolean): string {
  if (spans)
    return bounded
      ? t`No span in this time has all of these properties.`
      : t`No span has all of these properties.`
  return bounded
    ? t`No trace in this time has all of these properties.`
    : t`No trace has all of these properties.`
}
