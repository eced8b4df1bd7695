import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { datasetsQuery } from '@/api/objects'
import { projectScoresQuery } from '@/api/project-scores'
import type { Comparison, Experiment } from '@/api/types'
import { codeTrigger, copyCode } from '@/components/code-menu'
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu'
import { CODE_KINDS } from '@/lib/request-code'
import { useProject } from '../projects/project-context'
import { exportOf } from './api'
import { againCode, compareCode, exportCode, listCode } from './code'
import { sidesOf } from './verdict'

/** The list on show, as code. */
export function ListCodeMenu({ archived }: { archived: boolean }) {
  const { project } = useProject()
  return (
    <Menu align="end" trigger={codeTrigger}>
      <MenuLabel>{t`This list`}</MenuLabel>
      {CODE_KINDS.map(({ kind, label }) => (
        <MenuItem
          key={kind}
          onSelect={() => copyCode(listCode(kind, project, archived, window.location.origin))}
        >
          {label}
        </MenuItem>
      ))}
    </Menu>
  )
}

type Props = { experiment: Experiment; comparison: Comparison | undefined; slice: string | undefined }

/** The comparison, its cases, and the run itself, as code. */
export function ExperimentCodeMenu({ experiment, comparison, slice }: Props) {
  const { project } = useProject()
  const { data: scores } = useQuery(projectScoresQuery(project.id))
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const { origin } = window.location
  const baselines = comparison ? sidesOf(comparison).map(({ baseline }) => baseline) : []
  const again = {
    project: project.name,
    experiment,
    dataset: datasets?.find((one) => one.id === experiment.dataset_id)?.name,
    scores: comparison?.scores.map(({ name }) => name) ?? [],
  }
  const query = comparison && scores ? exportOf(comparison, scores, 'csv') : undefined
  const compared = { project: project.name, experiment, baselines, slice }
  return (
    <Menu align="end" trigger={codeTrigger}>
      <MenuLabel>{t`Compare`}</MenuLabel>
      {CODE_KINDS.map(({ kind, label }) => (
        <MenuItem
          key={kind}
          onSelect={() => copyCode(compareCode(kind, compared, origin))}
          hint={kind === 'cli' && baselines.length > 1 ? t`with the main one` : undefined}
        >
          <Trans>Compare, {label}</Trans>
        </MenuItem>
      ))}
      <MenuLabel>{t`Export the cases`}</MenuLabel>
      {CODE_KINDS.map(({ kind, label }) => (
        <MenuItem
          key={kind}
          disabled={query === undefined}
          onSelect={() => copyCode(exportCode(kind, project.name, experiment, query ?? '', origin))}
        >
          <Trans>Export, {label}</Trans>
        </MenuItem>
      ))}
      <MenuLabel>{t`Run again`}</MenuLabel>
      {(['cli', 'python'] as const).map((kind) => (
        <MenuItem key={kind} onSelect={() => copyCode(againCode(kind, again))}>
          {kind === 'cli' ? t`Run again, CLI` : t`Run again, Python`}
        </MenuItem>
      ))}
    </Menu>
  )
}
