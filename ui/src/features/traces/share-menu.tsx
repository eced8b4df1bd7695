import { t } from '@lingui/core/macro'
import { Share2 } from 'lucide-react'
import { Suspense, useState } from 'react'
import { loadLater } from '@/lib/load-later'
import { copyText } from '@/components/copy'
import { buttonClass } from '@/components/ui/button'
import { Menu, MenuItem, MenuRule } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import type { TraceRef } from './api'
import type { SpanNode } from './tree'

/** The address of this page with some of its parameters changed; null removes one. */
export function linkTo(href: string, changes: Record<string, string | null>): string {
  const url = new URL(href)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return url.href
}

const ShareDialog = loadLater(async () => (await import('../sharing/share-dialog')).ShareDialog)

/** Links to the span, the trace, and a page of its own; and the dialog of links for people outside. */
export function ShareMenu({ traceRef, node }: { traceRef: TraceRef; node: SpanNode }) {
  const [sharing, setSharing] = useState(false)
  return (
    <>
      <Menu
        align="end"
        trigger={
          <button
            type="button"
            aria-label={t`Share`}
            title={t`Share`}
            className={buttonClass('ghost', '!w-7 !px-0')}
          >
            <Share2 size={14} />
          </button>
        }
      >
        <MenuItem onSelect={() => copy(here({ s: node.key }), t`Link copied`)}>
          {t`Copy link to this span`}
        </MenuItem>
        <MenuItem
          onSelect={() => copy(here({ s: null }), t`Link copied`)}
        >{t`Copy link to the trace`}</MenuItem>
        <MenuItem onSelect={() => void window.open(here({ s: node.key, full: '1' }), '_blank', 'noopener')}>
          {t`Open on a page of its own`}
        </MenuItem>
        <MenuRule />
        <MenuItem onSelect={() => copy(node.span.span_id, t`Copied`)}>{t`Copy span id`}</MenuItem>
        <MenuItem onSelect={() => copy(node.span.root_span_id, t`Copied`)}>{t`Copy trace id`}</MenuItem>
        {traceRef.from === 'dataset' ? null : (
          <>
            <MenuRule />
            <MenuItem onSelect={() => setSharing(true)}>{t`Share by a public link …`}</MenuItem>
          </>
        )}
      </Menu>
      <Suspense>
        {sharing ? (
          <ShareDialog
            what="trace"
            target={{
              object_type: traceRef.from as 'project_logs' | 'experiment',
              object_id: traceRef.objectId,
              root_span_id: traceRef.rootSpanId,
            }}
            onClose={() => setSharing(false)}
          />
        ) : null}
      </Suspense>
    </>
  )
}

function here(changes: Record<string, string | null>): string {
  return linkTo(window.location.href, changes)
}

function copy(text: string, said: string): void {
  void copyText(text).then((done) => done && notify(said))
}
