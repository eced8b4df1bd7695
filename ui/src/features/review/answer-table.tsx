import { t } from '@lingui/core/macro'
import type { ScoreConfig } from './configs'
import { sideText, wireText, type Item, type Results, type Said } from './queues'

type Props = { item: Item; questions: ScoreConfig[]; people: Results['reviewers'] }

/** Who said what; what they differ about stands out. */
export function AnswerTable({ item, questions, people }: Props) {
  const given = item.reviews.filter(({ state }) => state !== 'leased')
  const pair = questions.length === 0
  if (given.length === 0 && !item.decision) return null
  const cells = (said: Said): { key: string; text: string }[] =>
    pair
      ? [{ key: 'preference', text: sideText(said, item.sources) }]
      : questions.map(({ id }) => ({ key: id, text: wireText(said.answers?.[id]) }))
  return (
    <div className="mt-1.5 overflow-x-auto">
      <table className="w-full border-collapse text-left text-s [&_td]:py-0.5 [&_td]:pr-4 [&_th]:pr-4 [&_th]:font-medium">
        <thead>
          <tr className="text-xs text-ink-3">
            <th className="w-36">{t`Reviewer`}</th>
            {pair ? <th>{t`Better`}</th> : questions.map(({ id, name }) => <th key={id}>{name}</th>)}
            <th>{t`Comment`}</th>
          </tr>
        </thead>
        <tbody>
          {given.map((review) => (
            <tr key={review.user_id} className="align-top">
              <td>{people.find((one) => one.user_id === review.user_id)?.name ?? review.user_id}</td>
              {review.state === 'skipped' ? (
                <td colSpan={Math.max(1, questions.length)} className="text-ink-3">
                  {t`skipped`}
                </td>
              ) : (
                cells(review).map(({ key, text }) => (
                  <td key={key} className={item.disagree.includes(key) ? 'font-semibold text-warn' : ''}>
                    {text}
                  </td>
                ))
              )}
              <td className="text-ink-2">
                {[...(review.tags ?? []).map((tag) => `#${tag}`), review.comment].filter(Boolean).join(' ')}
              </td>
            </tr>
          ))}
          {item.decision ? (
            <tr className="border-t border-line align-top font-medium">
              <td>{item.status === 'adjudicated' ? t`Decision` : t`Together`}</td>
              {cells(item.decision).map(({ key, text }) => (
                <td key={key}>{text}</td>
              ))}
              <td>{(item.decision.tags ?? []).map((tag) => `#${tag}`).join(' ')}</td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  )
}
