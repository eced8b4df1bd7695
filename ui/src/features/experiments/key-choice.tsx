import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useMemo, useState } from 'react'
import { request } from '@/api/client'
import type { Case, CaseCounts, Comparison } from '@/api/types'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import { notify, notifyError } from '@/components/ui/toast'
import * as format from '@/lib/format'
import { isObject, type Json } from '@/lib/json'
import { useMay } from '../projects/project-context'
import { pairingQuery } from './api'

const MOST_KEYS = 8
/** The dataset row a case came from: the same however its input was edited. */
const DATASET_ROW = 'origin.id'

type Keyed = Pick<Case, 'metadata'> & { input: Json }

/** What could pair cases instead: the dataset row, and fields of input and metadata, those that look like ids first. */
export function keyPaths(cases: readonly Keyed[], now: string): string[] {
  const fields = new Set<string>()
  for (const item of cases)
    for (const column of ['metadata', 'input'] as const) {
      const value = item[column]
      if (!isObject(value)) continue
      for (const key of Object.keys(value)) if (/^[\w-]+$/.test(key)) fields.add(`${column}.${key}`)
    }
  return [DATASET_ROW, 'input', ...[...fields].toSorted((a, b) => rank(a) - rank(b))]
    .filter((path) => path !== now)
    .slice(0, MOST_KEYS)
}

const rank = (path: string): number => (/(id|key|name)$/i.test(path) ? 0 : 1)

/** What pairs cases, and how many would find a partner by something else; choosing changes it for the project. */
export function KeyChoice({ comparison, cases }: { comparison: Comparison; cases: readonly Keyed[] }) {
  const [open, setOpen] = useState(false)
  const may = useMay('project', 'update')
  if (!may || !comparison.baseline) return null
  return (
    <Popover
      title={t`Pair cases by`}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button className="!h-6">
          {t`Pair them by something else`} <ChevronDown size={13} aria-hidden className="text-ink-3" />
        </Button>
      }
    >
      <Keys comparison={comparison} cases={cases} onDone={() => setOpen(false)} />
    </Popover>
  )
}

type KeysProps = { comparison: Comparison; cases: readonly Keyed[]; onDone: () => void }

function Keys({ comparison, cases, onDone }: KeysProps) {
  const client = useQueryClient()
  const { experiment, baseline, comparison_key: now } = comparison
  const paths = useMemo(() => keyPaths(cases, now), [cases, now])
  const found = useQueries({ queries: paths.map((path) => pairingQuery(experiment.id, baseline!.id, path)) })
  const choose = useMutation({
    mutationFn: (path: string) =>
      request(`/v1/project/${experiment.project_id}`, {
        method: 'PATCH',
        body: { settings: { comparison_key: path } },
      }),
    onSuccess: async (_, path) => {
      onDone()
      notify(t`Cases are paired by ${path} in this project now`)
      await Promise.all(
        ['projects', 'comparison', 'cases', 'plan'].map((first) =>
          client.invalidateQueries({ queryKey: [first] }),
        ),
      )
    },
    onError: (error) => notifyError(t`The comparison key stays as it was`, error),
  })
  return (
    <>
      <p className="mb-2 text-s text-ink-2">
        <Trans>
          How many of the {format.count(comparison.cases.total)} cases would find a partner. It changes every
          comparison of the project.
        </Trans>
      </p>
      <ul>
        {paths.map((path, i) => (
          <li key={path}>
            <button
              type="button"
              disabled={choose.isPending || !helps(found[i]?.data, comparison.cases)}
              onClick={() => choose.mutate(path)}
              className="flex min-h-7 w-full items-center gap-2 rounded px-2 py-1 text-left hover:bg-sunken disabled:text-ink-3 disabled:hover:bg-transparent"
            >
              <code className="min-w-0 flex-1 truncate font-mono text-s">{path}</code>
              <span className="text-s text-ink-3 tabular-nums">
                {found[i]?.error ? '–' : <Outcome counts={found[i]?.data} now={comparison.cases} />}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Whether more cases find a partner and none are taken for one another. */
export function helps(counts: CaseCounts | undefined, now: CaseCounts): boolean {
  return counts !== undefined && counts.total >= now.total && counts.matched > now.matched
}

function Outcome({ counts, now }: { counts: CaseCounts | undefined; now: CaseCounts }) {
  if (!counts) return <Skeleton className="h-2.5 w-14" />
  if (counts.total < now.total)
    return plural(counts.total, { one: 'only # different value', other: 'only # different values' })
  return t`${format.count(counts.matched)} of ${format.count(counts.total)}`
}
