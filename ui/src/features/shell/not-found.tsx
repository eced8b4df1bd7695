import { t } from '@lingui/core/macro'
import { Empty, ToProjects } from '@/components/states'

export function NotFoundPage() {
  return (
    <Empty title={t`There is no page at this address`} actions={<ToProjects />}>
      {t`The link may be old, or the object may have been renamed or deleted.`}
    </Empty>
  )
}
