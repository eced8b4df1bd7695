import { plural, t } from '@lingui/core/macro'
import { ListChecks } from 'lucide-react'
import { Suspense, useState } from 'react'
import type { Case, Comparison } from '@/api/types'
import { SelectionBar } from '@/components/selection-bar'
import { Button } from '@/components/ui/button'
import { loadLater } from '@/lib/load-later'
import { toReview } from './to-review'

const SendToQueue = loadLater(async () => (await import('../review/send-dialog')).SendToQueue)

type Props = { comparison: Comparison; chosen: readonly Case[]; onClear: () => void }

/** What can be done with the selected cases. */
export function CaseSelection({ comparison, chosen, onClear }: Props) {
  const [asked, setAsked] = useState(false)
  const { rows, pairs } = toReview(comparison, chosen)
  const what = plural(chosen.length, { one: '# case', other: '# cases' })
  return (
    <SelectionBar label={t`Selected cases`} what={what} onClear={onClear}>
      <Button
        variant="primary"
        icon={<ListChecks size={14} aria-hidden />}
        title={t`Answers of this experiment, or pairs with those of the baseline`}
        onClick={() => setAsked(true)}
      >
        {t`Send to review queue`}
      </Button>
      {asked ? (
        <Suspense>
          <SendToQueue
            what={what}
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
    </SelectionBar>
  )
}
