import { t } from '@lingui/core/macro'
import { Users } from 'lucide-react'
import { Suspense, useState } from 'react'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { capital } from '@/lib/format'
import { loadLater } from '@/lib/load-later'
import type { About } from './access-panel'

const AccessPanel = loadLater(async () => (await import('./access-panel')).AccessPanel)

/** Who has access to a single object, behind a button of its page. */
export function AccessButton({ about }: { about: About }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        variant="ghost"
        icon={<Users size={15} aria-hidden />}
        aria-label={t`Who has access`}
        title={t`Who has access`}
        className="max-sm:hidden"
        onClick={() => setOpen(true)}
      />
      {open ? (
        <Dialog
          open
          onClose={() => setOpen(false)}
          title={t`Who has access to ${about.name}`}
          description={capital(about.noun ?? about.type)}
        >
          <Suspense fallback={<SkeletonRows rows={4} label={t`Loading who has access`} />}>
            <AccessPanel about={about} titled={false} />
          </Suspense>
        </Dialog>
      ) : null}
    </>
  )
}
