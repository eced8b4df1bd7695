import { t } from '@lingui/core/macro'
import { SkeletonRows } from '@/components/ui/bits'

export function TableFooter({ loading, done }: { loading: boolean; done: boolean }) {
  if (loading) return <SkeletonRows rows={3} label={t`Loading more`} />
  return done ? <p className="px-3.5 py-3 text-s text-ink-3">{t`That is all.`}</p> : <div className="h-8" />
}
