import { t } from '@lingui/core/macro'
import { Link } from '@tanstack/react-router'
import { Empty } from '@/components/states'
import { buttonClass } from '@/components/ui/button'

export function NotFoundPage() {
  return (
    <Empty
      title={t`There is no page at this address`}
      actions={
        <Link to="/app" className={buttonClass()}>
          {t`Go to your projects`}
        </Link>
      }
    >
      {t`The link may be old, or the object may have been renamed or deleted.`}
    </Empty>
  )
}
