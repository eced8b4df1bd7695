/** What the pages of experiments show and do, as code to run elsewhere. */
import type { Experiment } from '@/api/types'
import { pythonLiteral, shellQuote } from '@/lib/literals'
import { curlOf, getCode, readCode, type CodeKind } from '@/lib/request-code'

/** The list of experiments. */
export function listCode(
  kind: CodeKind,
  project: { id: string; name: string },
  archived: boolean,
  origin: string,
): string {
  if (kind === 'cli')
    return `assay experiments list -p ${shellQuote(project.name)}${archived ? ' --archived' : ''}\n`
  const params = { project_id: project.id, archived: `${archived}`, limit: '1000' }
  return readCode(kind, { path: '/v1/experiment', params, name: 'experiments', part: '["objects"]' }, origin)
}

type Compared = {
  project: string
  experiment: Pick<Experiment, 'id' | 'name'>
  baselines: readonly Pick<Experiment, 'id' | 'name'>[]
  slice?: string | undefined
}

/** The comparison. The command line compares with one baseline and has no slices. */
export function compareCode(
  kind: CodeKind,
  { project, experiment, baselines, slice }: Compared,
  origin: string,
): string {
  if (kind === 'cli') {
    const names = [experiment, ...baselines.slice(0, 1)].map(({ name }) => shellQuote(name))
    return `assay experiments compare ${names.join(' ')} -p ${shellQuote(project)}\n`
  }
  const to = baselines.length > 0 ? baselines.map(({ id }) => id) : ['none']
  const query = new URLSearchParams(to.map((id) => ['to', id]))
  if (slice) query.set('slice', slice)
  return getCode(kind, `${origin}/v1/experiment/${experiment.id}/compare?${query.toString()}`, 'comparison')
}

/** Every case with its scores, by the query of `exportSql`. */
export function exportCode(
  kind: CodeKind,
  project: string,
  experiment: Pick<Experiment, 'name'>,
  query: string,
  origin: string,
): string {
  if (kind === 'cli') return `assay sql ${shellQuote(query)} --format csv -o cases.csv\n`
  if (kind === 'python')
    return [
      'import assay',
      '',
      `experiment = assay.init(${pythonLiteral(project)}, ${pythonLiteral(experiment.name)}, open=True)`,
      'for row in experiment:',
      '    if row["is_root"]:',
      '        print(row["input"], row["output"], row["scores"])',
      '',
    ].join('\n')
  return `${curlOf(`${origin}/btql`, { query, fmt: 'csv' })}\n`
}

type Again = {
  project: string
  experiment: Experiment
  dataset: string | undefined
  scores: readonly string[]
}

/** The same cases once more, compared with this run. Its task and scorers are code that only their author has. */
export function againCode(kind: 'cli' | 'python', again: Again): string {
  const { project, experiment } = again
  if (kind === 'cli') {
    const commit = experiment.repo_info?.commit ?? experiment.commit
    return [
      ...(commit ? [`git checkout ${shellQuote(commit)}`] : []),
      `assay eval . --base ${shellQuote(experiment.name)}`,
      '',
    ].join('\n')
  }
  const scores = again.scores.join(', ').replaceAll(/\s+/g, ' ') || 'nothing'
  return [
    `from assay import ${again.dataset ? 'Eval, init_dataset' : 'BaseExperiment, Eval'}`,
    '',
    '',
    'def task(input):',
    '    raise NotImplementedError("the task of this evaluation")',
    '',
    '',
    'Eval(',
    `    ${pythonLiteral(project)},`,
    `    data=${dataOf(again)},`,
    '    task=task,',
    `    scores=[],  # this run was scored by ${scores}`,
    `    base_experiment_name=${pythonLiteral(experiment.name)},`,
    ')',
    '',
  ].join('\n')
}

function dataOf({ project, experiment, dataset }: Again): string {
  if (!dataset) return `BaseExperiment(${pythonLiteral(experiment.name)})`
  const version = experiment.dataset_version ? `, version=${pythonLiteral(experiment.dataset_version)}` : ''
  return `init_dataset(${pythonLiteral(project)}, ${pythonLiteral(dataset)}${version})`
}
