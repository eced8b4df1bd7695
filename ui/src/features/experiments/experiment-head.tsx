import { t } from '@lingui/core/macro'
import { Database, FileDiff, GitBranch, Link2, PanelRight, Share2 } from 'lucide-react'
import { Suspense, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { datasetsQuery } from '@/api/objects'
import type { Comparison, Experiment } from '@/api/types'
import { copyText } from '@/components/copy'
import { PageHead, Spacer } from '@/components/page'
import { Time } from '@/components/time'
import { ScriptedBadge, Tag } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import { cx } from '@/lib/cx'
import { loadLater } from '@/lib/load-later'
import type { ExperimentSearch } from '@/lib/search-params'
import { projectPath, useProject } from '../projects/project-context'
import { AccessButton } from '../settings/access-button'
import { scriptedQuery } from './api'
import { ArchiveButton } from './archive'
import { Baselines } from './baselines'
import { ExperimentCodeMenu } from './code-menu'
import { gitLabel } from './git'
import { RunState } from './run-progress'
import { sidesOf } from './verdict'

const ShareDialog = loadLater(async () => (await import('../sharing/share-dialog')).ShareDialog)

type Props = {
  experiment: Experiment
  experiments: readonly Experiment[]
  comparison: Comparison | undefined
  search: ExperimentSearch
  update: (changes: Partial<ExperimentSearch>) => void
}

export function ExperimentHead({ experiment, experiments, comparison, search, update }: Props) {
  const { org, project } = useProject()
  const baseline = comparison?.baseline ?? null
  const several = (search.c?.length ?? 0) > 1
  const [sharing, setSharing] = useState(false)
  const { data: scripted } = useQuery(scriptedQuery(experiment.id))
  return (
    <PageHead
      crumbs={[
        { label: t`Experiments`, to: projectPath(org, project.name, 'experiments') },
        { label: experiment.name },
      ]}
      after={
        <>
          {scripted ? <ScriptedBadge /> : null}
          {experiment.archived ? (
            <Tag title={t`Left out of lists, and no baseline unless it is named`}>{t`archived`}</Tag>
          ) : null}
          {experiment.progress && experiment.progress.state !== 'finished' ? (
            <RunState experiment={experiment} />
          ) : null}
        </>
      }
    >
      <span className={cx('flex items-center gap-2', several ? 'shrink-0' : 'min-w-0')}>
        <span className="text-ink-3">{t`vs`}</span>
        <Baselines
          experiment={experiment}
          experiments={experiments}
          named={search.c}
          comparison={comparison}
          onChange={(c) =>
            update({ c: c.length ? c : ['none'], r: undefined, s: undefined, side: undefined })
          }
        />
      </span>
      <Spacer />
      <Provenance experiment={experiment} />
      {baseline ? (
        <Button
          icon={<FileDiff size={14} aria-hidden />}
          active={search.diff !== 'off'}
          onClick={() => update({ diff: search.diff === 'off' ? undefined : 'off' })}
          aria-label={t`Diff`}
          title={t`Mark what changed in the outputs`}
        >
          <span className="max-sm:hidden">{t`Diff`}</span>
        </Button>
      ) : null}
      <Button
        icon={<PanelRight size={14} aria-hidden />}
        active={search.panel === 'details'}
        aria-label={t`Details`}
        onClick={() =>
          update({ panel: search.panel ? undefined : 'details', r: undefined, s: undefined, side: undefined })
        }
      >
        <span className="max-sm:hidden">{t`Details`}</span>
      </Button>
      <ExperimentCodeMenu experiment={experiment} comparison={comparison} slice={search.slice} />
      <ArchiveButton projectId={project.id} chosen={[experiment]} small />
      <AccessButton about={{ type: 'experiment', id: experiment.id, name: experiment.name }} />
      <Button
        icon={<Share2 size={14} aria-hidden />}
        onClick={() => setSharing(true)}
        disabled={!comparison}
        className="max-sm:hidden"
      >
        {t`Share`}
      </Button>
      <Suspense>
        {sharing && comparison ? (
          <ShareDialog
            what="experiment"
            target={{
              object_type: 'experiment',
              object_id: experiment.id,
              baseline_ids: sidesOf(comparison).map((side) => side.baseline.id),
            }}
            onClose={() => setSharing(false)}
          />
        ) : null}
      </Suspense>
      <Button
        variant="ghost"
        icon={<Link2 size={15} />}
        aria-label={t`Copy link`}
        title={t`Copy link`}
        className="max-sm:hidden"
        onClick={() => void copyText(window.location.href).then((done) => done && notify(t`Link copied`))}
      />
    </PageHead>
  )
}

function Provenance({ experiment }: { experiment: Experiment }) {
  const { org, project } = useProject()
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const dataset = datasets?.find((item) => item.id === experiment.dataset_id)
  const git = gitLabel(experiment)
  return (
    <span className="flex min-w-0 items-center gap-3 text-s text-ink-3 max-lg:hidden">
      {git ? (
        <span
          className="flex min-w-0 items-center gap-1"
          title={experiment.repo_info?.commit_message ?? undefined}
        >
          <GitBranch size={12} aria-hidden className="shrink-0" />
          <span className="truncate">{git}</span>
        </span>
      ) : null}
      {dataset ? (
        <Link
          to="/app/$org/p/$project/datasets/$name"
          params={{ org, project: project.name, name: dataset.name }}
          className="flex min-w-0 items-center gap-1 hover:text-ink"
          title={
            experiment.dataset_version
              ? t`Dataset version ${experiment.dataset_version}`
              : t`Which version of the dataset is not known`
          }
        >
          <Database size={12} aria-hidden className="shrink-0" />
          <span className="truncate">{dataset.name}</span>
        </Link>
      ) : null}
      <Time iso={experiment.created} />
    </span>
  )
}
