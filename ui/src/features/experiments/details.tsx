import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Download, Pencil, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { datasetsQuery, experimentsQuery } from '@/api/objects'
import type { Comparison, Experiment, Spend } from '@/api/types'
import { RenameDialog } from '@/components/rename-dialog'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { notifyError } from '@/components/ui/toast'
import * as format from '@/lib/format'
import { toReadable } from '@/lib/json'
import { useMay, useProject } from '../projects/project-context'
import { PanelFrame } from '../traces/panel-frame'
import { download, EXPORTS, reusedQuery } from './api'
import { gitLabel } from './git'
import { ReliabilityPanel } from './reliability'

type Props = {
  experiment: Experiment
  comparison: Comparison
  score: string | null
  cluster: string | undefined
  onClose: () => void
}

/** What an experiment ran on and with, what it spent, and how dependable it is. */
export function Details({ experiment, comparison, score, cluster, onClose }: Props) {
  const { totals } = comparison
  const reused = useQuery(reusedQuery(experiment.id))
  const writes = useMay('experiment', 'update')
  const [renaming, setRenaming] = useState(false)
  const { data: others } = useQuery({ ...experimentsQuery(experiment.project_id), enabled: renaming })
  const navigate = useNavigate({ from: '/app/$org/p/$project/experiments/$name' })
  return (
    <PanelFrame full={false} label={t`Details`}>
      <header className="flex min-h-11 items-center gap-2 border-b border-line px-3.5">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{experiment.name}</h2>
        {writes ? (
          <Button
            icon={<Pencil size={14} aria-hidden />}
            aria-label={t`Name and description`}
            title={t`Name and description`}
            onClick={() => setRenaming(true)}
          />
        ) : null}
        <ExportMenu experiment={experiment} />
        <Button
          variant="ghost"
          icon={<X size={15} aria-hidden />}
          aria-label={t`Close the details`}
          onClick={onClose}
        />
      </header>
      {renaming ? (
        <RenameDialog
          kind="experiment"
          object={experiment}
          taken={others?.map((item) => item.name) ?? []}
          onDone={(name) =>
            void navigate({ params: (now) => ({ ...now, name }), search: true, replace: true })
          }
          onClose={() => setRenaming(false)}
        />
      ) : null}
      <div className="min-h-0 flex-1 space-y-4 overflow-y-auto px-3.5 py-3">
        <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1">
          <Made experiment={experiment} />
          <Fact name={t`Scorers`}>{comparison.scores.map((item) => item.name).join(', ') || '–'}</Fact>
          <Fact name={t`Task`}>{spent(totals.task)}</Fact>
          <Fact name={t`Scoring`}>{spent(totals.scoring)}</Fact>
          <Fact name={t`Reused`}>
            {reused.error ? '–' : reused.data === undefined ? <Skeleton className="h-2.5 w-10" /> : null}
            {reused.data === undefined
              ? null
              : t`${format.count(reused.data)} of ${format.count(totals.rows)} answers`}
          </Fact>
        </dl>
        {reused.error ? <ErrorState error={reused.error} /> : null}
        {experiment.metadata && Object.keys(experiment.metadata).length ? (
          <section aria-label={t`Parameters`}>
            <h3 className="mb-1 font-semibold">{t`Parameters`}</h3>
            <pre className="overflow-x-auto rounded border border-line bg-panel p-2 font-mono text-s whitespace-pre-wrap">
              {toReadable(experiment.metadata)}
            </pre>
          </section>
        ) : null}
        <ReliabilityPanel experimentId={experiment.id} score={score} cluster={cluster} />
      </div>
    </PanelFrame>
  )
}

function Made({ experiment }: { experiment: Experiment }) {
  const { org, project } = useProject()
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const dataset = datasets?.find((item) => item.id === experiment.dataset_id)
  const { repo_info: repo } = experiment
  return (
    <>
      {experiment.description ? <Fact name={t`Description`}>{experiment.description}</Fact> : null}
      <Fact name={t`Created`}>
        <Time iso={experiment.created} />
      </Fact>
      <Fact name={t`Git`}>
        {gitLabel(experiment) || '–'}
        {repo?.dirty ? <span className="text-ink-3"> {t`with changes that were not committed`}</span> : null}
        {repo?.commit_message ? <span className="block text-ink-3">{repo.commit_message}</span> : null}
        {repo?.author_name ? <span className="block text-ink-3">{repo.author_name}</span> : null}
      </Fact>
      <Fact name={t`Dataset`}>
        {dataset ? (
          <Link
            to="/app/$org/p/$project/datasets/$name"
            params={{ org, project: project.name, name: dataset.name }}
            className="text-accent hover:underline"
          >
            {dataset.name}
          </Link>
        ) : (
          '–'
        )}
        {experiment.dataset_version ? (
          <span className="text-ink-3">
            {' '}
            <Trans>version {experiment.dataset_version}</Trans>
          </span>
        ) : null}
      </Fact>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words tabular-nums">{children}</dd>
    </>
  )
}

function spent({ tokens, cost }: Spend): string {
  return t`${format.compact(tokens)} tokens, ${format.money(cost)}`
}

function ExportMenu({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient()
  const take = async (fmt: (typeof EXPORTS)[number]['fmt']): Promise<void> => {
    try {
      await download(client, experiment, fmt)
    } catch (error) {
      notifyError(t`The download failed`, error)
    }
  }
  return (
    <Menu align="end" trigger={<Button icon={<Download size={14} aria-hidden />}>{t`Export`}</Button>}>
      {EXPORTS.map(({ fmt, label }) => (
        <MenuItem key={fmt} onSelect={() => void take(fmt)}>
          {label}
        </MenuItem>
      ))}
    </Menu>
  )
}
