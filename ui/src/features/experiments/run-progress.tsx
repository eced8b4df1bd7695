import { plural, t } from '@lingui/core/macro'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { request } from '@/api/client'
import type { Experiment, RunProgress } from '@/api/types'
import { Badge, type Tone } from '@/components/ui/bits'
import { ago, count } from '@/lib/format'
import { term } from '@/lib/terms'

/** Rows announce themselves; this is for what does not: a run that falls silent. */
const LOOK_AGAIN_MS = 60_000

export const progressQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['progress', experimentId],
    queryFn: ({ signal }) => request<RunProgress>(`/v1/experiment/${experimentId}/progress`, { signal }),
    staleTime: 5_000,
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'running' || data?.state === 'stalled' ? LOOK_AGAIN_MS : false,
  })

const TONES: Partial<Record<NonNullable<RunProgress['state']>, Tone>> = {
  stalled: 'warn',
  interrupted: 'warn',
  failed: 'worse',
}

/** How far the run of an experiment is; nothing for one whose runner said nothing. */
export function RunState({ experiment }: { experiment: Experiment }) {
  const said = experiment.progress
  const { data } = useQuery({
    ...progressQuery(experiment.id),
    enabled: said != null && said.state !== 'finished',
  })
  if (!said) return <span className="text-ink-3">–</span>
  const state = said.state === 'finished' ? 'finished' : (data?.state ?? said.state)
  if (state === 'finished') return <span className="text-ink-3">{t`finished`}</span>
  const planned = data?.planned ?? null
  const arrived = data ? count(data.arrived) : '…'
  const text = planned === null ? arrived : t`${arrived} of ${count(planned)}`
  const title = [
    t`${term(state)}: ${text} ${plural(planned ?? 0, { one: 'trace', other: 'traces' })}`,
    data?.errors ? t`${count(data.errors)} failed` : '',
    data?.last ? t`last heard of ${ago(data.last)}` : '',
  ]
  const tone = TONES[state]
  return (
    <span
      data-state={state}
      className="flex min-w-0 items-center gap-1.5 whitespace-nowrap"
      title={title.filter(Boolean).join(', ')}
    >
      {tone ? (
        <Badge tone={tone}>{term(state)}</Badge>
      ) : (
        <Bar arrived={data?.arrived ?? 0} planned={planned} />
      )}
      <span className="text-s text-ink-2">{text}</span>
    </span>
  )
}

function Bar({ arrived, planned }: { arrived: number; planned: number | null }) {
  if (planned === null) return <span className="text-s text-accent">{t`running`}</span>
  const share = planned === 0 ? 1 : Math.min(1, arrived / planned)
  return (
    <span
      role="progressbar"
      aria-label={t`Traces that have ended`}
      aria-valuemin={0}
      aria-valuemax={planned}
      aria-valuenow={Math.min(arrived, planned)}
      className="h-1.5 w-14 shrink-0 overflow-hidden rounded-full bg-sunken"
    >
      <span className="block h-full bg-accent" style={{ width: `${share * 100}%` }} />
    </span>
  )
}
