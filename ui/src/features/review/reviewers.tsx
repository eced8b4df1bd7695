import { t } from '@lingui/core/macro'
import { count, duration } from '@/lib/format'
import type { Results } from './queues'
import { BODY_ROW, HEAD_ROW, Section, TABLE } from './section'

/** Who did how much. */
export function ReviewerTable({ results: { reviewers } }: { results: Results }) {
  return (
    <Section title={t`Reviewers`}>
      {reviewers.length ? (
        <div className="overflow-x-auto">
          <table className={TABLE}>
            <thead>
              <tr className={HEAD_ROW}>
                <th>{t`Reviewer`}</th>
                <th className="!text-right">{t`Answered`}</th>
                <th className="!text-right">{t`Skipped`}</th>
                <th className="!text-right">{t`Median time`}</th>
              </tr>
            </thead>
            <tbody>
              {reviewers.map((one) => (
                <tr key={one.user_id} className={BODY_ROW}>
                  <td className="font-medium">{one.name}</td>
                  <td className="text-right">{count(one.answered)}</td>
                  <td className="text-right">{count(one.skipped)}</td>
                  <td className="text-right">{duration(one.seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p className="text-ink-2">{t`Nobody has reviewed anything yet.`}</p>
      )}
    </Section>
  )
}
