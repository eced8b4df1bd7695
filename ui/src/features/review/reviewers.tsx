import { count, duration } from '@/lib/format'
import type { Results } from './queues'
import { BODY_ROW, HEAD_ROW, Section, TABLE } from './section'

/** Who did how much. */
export function ReviewerTable({ results: { reviewers } }: { results: Results }) {
  return (
    <Section title="Reviewers">
      {reviewers.length ? (
        <div className="overflow-x-auto">
          <table className={TABLE}>
            <thead>
              <tr className={HEAD_ROW}>
                <th>Reviewer</th>
                <th className="!text-right">Answered</th>
                <th className="!text-right">Skipped</th>
                <th className="!text-right">Median time</th>
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
        <p className="text-ink-2">Nobody has reviewed anything yet.</p>
      )}
    </Section>
  )
}
