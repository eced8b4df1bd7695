import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { CircleCheck, ScanSearch, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Code } from '@/components/states'
import type { Plan, PlannedRead } from './api'
import { howMuch, stepWords, whatIsRead, whatItDoes } from './plan-words'

/** What a query reads, does and costs, in words; the store's own plan below. */
export function PlanView({ plan }: { plan: Plan }) {
  const dear = [...plan.costs, ...plan.warnings]
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <div className="flex max-w-3xl flex-col gap-5 px-3.5 py-4">
        <Section title={t`What is read`}>
          {plan.reads.length ? (
            <ol className="flex flex-col gap-3">
              {plan.reads.map((read, at) => (
                <ReadItem key={at} read={read} />
              ))}
            </ol>
          ) : (
            <p className="text-ink-2">{t`Nothing of logs, experiments or datasets.`}</p>
          )}
          {plan.more_reads ? (
            <p className="mt-2 text-ink-3">
              <Trans>{plan.more_reads} more are in the plan.</Trans>
            </p>
          ) : null}
        </Section>
        <Section title={t`What is done with it`}>
          <p className="text-ink-2">{plan.steps.map(stepWords).join(' → ') || t`Nothing more.`}</p>
        </Section>
        <Section title={t`What is expensive`}>
          {dear.length ? (
            <ul className="flex flex-col gap-1.5">
              {dear.map((one) => (
                <li key={one.code + one.message} className="flex gap-2">
                  <TriangleAlert size={14} aria-hidden className="mt-0.5 shrink-0 text-warn" />
                  <span className="min-w-0 break-words">{one.message}</span>
                </li>
              ))}
            </ul>
          ) : (
            <p className="text-ink-2">{t`Nothing stands out.`}</p>
          )}
        </Section>
        <Section title={t`Plan of the store`}>
          <Code text={plan.plan} />
        </Section>
      </div>
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-1.5 font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function ReadItem({ read }: { read: PlannedRead }) {
  return (
    <li className="rounded border border-line p-2.5">
      <p className="font-medium break-words">{whatIsRead(read)}</p>
      <p className="text-ink-2">{howMuch(read)}</p>
      {read.filters.length ? (
        <ul className="mt-1.5 flex flex-col gap-1" aria-label={t`Filters`}>
          {read.filters.map((filter, at) => (
            <li key={at} className="flex gap-2">
              {filter.index ? (
                <CircleCheck size={14} aria-hidden className="mt-0.5 shrink-0 text-better" />
              ) : (
                <ScanSearch size={14} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
              )}
              <span className="min-w-0">
                <code className="font-mono text-s break-words">{filter.text}</code>{' '}
                <span className="text-ink-2">{whatItDoes(filter, read)}</span>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  )
}
