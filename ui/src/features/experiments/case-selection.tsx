import { plural, t } from '@lingui/core/macro'
import { ListChecks } from 'lucide-react'
import { Suspense, useState } from 'react'
import type { Case, Comparison } from '@/api/types'
import { Button } from '@/components/ui/button'
import { loadLater } from '@/lib/load-later'
import { toReview } from './to-review'

const SendToQueue = loadLater(async () => (await import('../review/send-dialog')).SendToQueue)

type Props = { comparison: Comparison; chosen: readonly Case[]; onClear: () => void }

/** What can be done with the selected cases. */
export function CaseSelection({ comparison, chosen, onClear }: Props) {
  const [asked, setAsked] = useState(false)
  const { rows, pairs } = toReview(comparison, chosen)
  return (
    <div
      role="toolbar"
      aria-label={t`Selected cases`}
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-panel px-3.5 py-2"
    >
      <span className="font-medium">{t`${plural(chosen.length, { one: '# case', other: '# cases' })} selected`}</span>
      <Button
        variant="primary"
        icon={<ListChecks size={14} aria-hidden />}
        title={t`Answers of this experiment, or pairs with those of the baseline`}
        onClick={() => setAsked(true)}
      >
        {t`Send to review queue`}
      </Button>
      <Button variant="ghost" onClick={onClear}>
        {t`Unselect`}
      </Button>
      {asked ? (
        <Suspense>
          <SendToQueue
            what={plural(chosen.length, { one: '# case', other: '# cases' })}
            rows={rows}
            pairs={pairs}
            onClose={() => setAsked(false)}
            onDone={() => {
              setAsked(false)
              onClear()
            }}
          />
        </Suspense>
      ) : null}
    </div>
  )
}
