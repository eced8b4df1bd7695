import { t } from '@lingui/core/macro'
import { percent, score } from '@/lib/format'
import { MEASURES, type Coefficient, type Queue, type Results } from './queues'
import { BODY_ROW, HEAD_ROW, Section, TABLE } from './section'

/** How far reviewers agree about each question, with intervals. */
export function AgreementTable({ queue, results }: { queue: Queue; results: Results }) {
  const judged = results.agreement.some(({ items }) => items > 0)
  return (
    <Section title={t`Agreement`}>
      {judged ? (
        <div className="overflow-x-auto">
          <table className={TABLE}>
            <thead>
              <tr className={HEAD_ROW}>
                <th>{t`Question`}</th>
                <th className="!text-right">{t`Items`}</th>
                <th className="!text-right">{t`Equal`}</th>
                <th>{t`Beyond chance, with 95 % interval`}</th>
              </tr>
            </thead>
            <tbody>
              {results.agreement.map(({ name, items, equal, coefficients }) => (
                <tr key={name} className={BODY_ROW}>
                  <td className="font-medium">{name}</td>
                  <td className="text-right">{items}</td>
                  <td className="text-right whitespace-nowrap">{equal === null ? '–' : percent(equal)}</td>
                  <td>
                    <ul className="flex flex-wrap gap-x-5 gap-y-1">
                      {coefficients.map((one) => (
                        <li key={one.measure}>
                          <Measure of={one} />
                        </li>
                      ))}
                    </ul>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p className="text-ink-2">
          {queue.reviewers_per_item > 1
            ? t`Shown when the first item has all its reviews.`
            : t`Agreement takes at least two reviewers of each item.`}
        </p>
      )}
    </Section>
  )
}

function Measure({ of: { measure, value, interval } }: { of: Coefficient }) {
  const { sign, name } = MEASURES[measure]
  return (
    <span title={name}>
      <span className="text-ink-3">{sign}</span>{' '}
      {value === null ? (
        <span className="text-ink-2">{t`all answers are equal`}</span>
      ) : (
        <span className="font-medium">{score(value)}</span>
      )}{' '}
      {interval ? (
        <span className="text-s text-ink-3">
          {score(interval[0])} … {score(interval[1])}
        </span>
      ) : null}
    </span>
  )
}
