import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import type { CaseLabel, Reliability, Share } from '@/api/types'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { count, score as number } from '@/lib/format'
import { oneLine } from '@/lib/json'
import { reliabilityQuery } from './api'

const LABELS: Record<CaseLabel, string> = {
  stable_pass: t`always pass`,
  stable_fail: t`always fail`,
  flaky: t`waver`,
}
const SOURCES = [
  ['case', t`cases differ`],
  ['sampling', t`the model answers differently each time`],
  ['judge', t`the judge differs each time`],
] as const

/** Does it work every time? Chances over several trials, where the spread comes from, and which cases waver. */
export function ReliabilityPanel({
  experimentId,
  score,
  cluster,
}: {
  experimentId: string
  score: string | null
  cluster: string | undefined
}) {
  const { data, error, refetch } = useQuery(reliabilityQuery(experimentId, score, cluster))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows rows={4} label={t`Loading the reliability`} />
  const found = data.scores.find((item) => item.name === data.score)
  if (!found)
    return <p className="text-ink-2">{t`Nothing has been scored yet: there is nothing to rely on.`}</p>
  return (
    <section aria-label={t`Reliability`} className="space-y-3">
      <h3 className="font-semibold">
        <Trans>
          Reliability of {found.name}{' '}
          <span className="font-normal text-ink-3">(passes from {number(found.threshold)})</span>
        </Trans>
      </h3>
      <table className="w-full text-s tabular-nums">
        <thead className="text-left text-ink-3">
          <tr>
            <th scope="col" className="font-normal">
              {t`trials`}
            </th>
            <th scope="col" className="font-normal" title={t`pass@k`}>
              {t`at least one passes`}
            </th>
            <th scope="col" className="font-normal" title={t`pass^k`}>
              {t`all pass`}
            </th>
          </tr>
        </thead>
        <tbody>
          {found.chances.map(({ k, any, all }) => (
            <tr key={k} data-k={k} className="border-t border-line">
              <th scope="row" className="py-0.5 text-left font-normal">
                {k}
              </th>
              <td>{share(any)}</td>
              <td>{share(all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Variance variance={found.variance} />
      <p className="text-s">
        {(Object.keys(LABELS) as CaseLabel[]).map((label) => (
          <span key={label} data-label={label} className="mr-3">
            <b className="font-semibold">{count(found.labels[label])}</b>{' '}
            <span className="text-ink-3">{LABELS[label]}</span>
          </span>
        ))}
      </p>
      <p className="text-xs text-ink-3">
        {t`Over this run and the ${count(data.history.length)} before it on the same dataset.`}
      </p>
      <Wavering cases={data.cases} />
    </section>
  )
}

function share({ mean, interval }: Share): string {
  return interval ? `${number(mean)} (${number(interval[0])} … ${number(interval[1])})` : number(mean)
}

function Variance({ variance }: { variance: Reliability['scores'][number]['variance'] }) {
  if (variance.case === null) {
    return (
      <p className="text-s text-ink-2">{t`Run each case more than once to learn where the spread comes from.`}</p>
    )
  }
  const known = SOURCES.filter(([source]) => variance[source] !== null)
  const sum = known.reduce((total, [source]) => total + Math.max(0, variance[source]!), 0)
  return (
    <ul aria-label={t`Where the spread comes from`} className="space-y-0.5 text-s">
      {known.map(([source, text]) => (
        <li key={source} data-source={source} className="flex items-center gap-2">
          <span className="w-11 text-right whitespace-nowrap tabular-nums">
            {sum ? Math.round((Math.max(0, variance[source]!) / sum) * 100) : 0} %
          </span>
          <span className="text-ink-3">{text}</span>
        </li>
      ))}
    </ul>
  )
}

function Wavering({ cases }: { cases: Reliability['cases'] }) {
  if (cases.length === 0) return null
  return (
    <ul aria-label={t`Cases that waver`} className="space-y-1 text-s">
      {cases.map((item) => (
        <li key={item.key} className="flex gap-2">
          <span className="min-w-0 flex-1 truncate">{oneLine(item.input, 120)}</span>
          <span className="text-ink-3 tabular-nums" title={t`passed of trials, run by run, the newest last`}>
            {item.history.map(({ passed, trials }) => `${passed}/${trials}`).join(' → ')}
          </span>
        </li>
      ))}
    </ul>
  )
}
