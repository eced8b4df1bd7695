import { t } from '@lingui/core/macro'
import { percent, score } from '@/lib/format'
import type { Results, Standing } from './queues'
import { BODY_ROW, HEAD_ROW, Section, TABLE } from './section'

/** How often each system was preferred, and each pair of systems against each other. */
export function Standings({ results: { systems, pairs } }: { results: Results }) {
  const strengths = systems.some(({ strength }) => strength !== null)
  return (
    <Section title={t`Preferred`}>
      <div className="overflow-x-auto">
        <table className={TABLE}>
          <thead>
            <tr className={HEAD_ROW}>
              <th>{t`System`}</th>
              <Heads />
              {strengths ? <th className="!text-right">{t`Strength`}</th> : null}
            </tr>
          </thead>
          <tbody>
            {systems.map((one) => (
              <tr key={one.system} className={BODY_ROW}>
                <td className="font-medium">{one.system}</td>
                <Cells of={one} />
                {strengths ? (
                  <td className="text-right" title={t`Bradley-Terry: shares of 1`}>
                    {one.strength === null ? '–' : score(one.strength)}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {systems.length > 2 ? (
        <div className="mt-3 overflow-x-auto">
          <table className={TABLE}>
            <thead>
              <tr className={HEAD_ROW}>
                <th>{t`Against each other`}</th>
                <Heads />
              </tr>
            </thead>
            <tbody>
              {pairs.map((one) => (
                <tr key={`${one.system}\n${one.against}`} className={BODY_ROW}>
                  <td>
                    <span className="font-medium">{one.system}</span>{' '}
                    <span className="text-ink-3">{t`against`}</span> {one.against}
                  </td>
                  <Cells of={one} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </Section>
  )
}

function Heads() {
  return (
    <>
      <th className="!text-right">{t`Wins`}</th>
      <th className="!text-right">{t`Ties`}</th>
      <th className="!text-right">{t`Losses`}</th>
      <th className="w-2/5">{t`Share won, 95 % interval`}</th>
    </>
  )
}

function Cells({ of: { wins, ties, losses, rate, interval } }: { of: Standing }) {
  return (
    <>
      <td className="text-right">{wins}</td>
      <td className="text-right">{ties}</td>
      <td className="text-right">{losses}</td>
      <td>
        {rate === null || interval === null ? (
          '–'
        ) : (
          <span className="flex items-center gap-2.5">
            <span className="w-10 text-right font-medium">{percent(rate)}</span>
            <Whisker rate={rate} interval={interval} />
            <span className="text-s whitespace-nowrap text-ink-3 max-sm:hidden">
              {percent(interval[0])} … {percent(interval[1])}
            </span>
          </span>
        )}
      </td>
    </>
  )
}

/** A share between 0 and 1 with its interval; the line in the middle is a draw. Coloured only when clear of it. */
function Whisker({ rate, interval: [low, high] }: { rate: number; interval: [number, number] }) {
  const tone = low > 0.5 ? 'bg-better' : high < 0.5 ? 'bg-worse' : 'bg-ink-3'
  return (
    <span
      role="img"
      aria-label={t`${percent(rate)}, 95 % interval ${percent(low)} to ${percent(high)}`}
      className="relative h-4 min-w-16 flex-1"
    >
      <span className="absolute inset-x-0 top-1/2 border-t border-line" />
      <span className="absolute inset-y-0 left-1/2 w-px bg-line-strong" />
      <span
        className={`absolute top-[6px] h-[3px] rounded-full opacity-55 ${tone}`}
        style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }}
      />
      <span
        className={`absolute top-[3px] -ml-[4.5px] size-[9px] rounded-full ring-2 ring-bg ${tone}`}
        style={{ left: `${rate * 100}%` }}
      />
    </span>
  )
}
