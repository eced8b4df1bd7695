import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, Circle } from 'lucide-react'
import { datasetsQuery, experimentsQuery } from '@/api/objects'
import { useProject } from '../projects/project-context'
import { Section } from './section'

/** From the first trace to the first comparison; gone once there is one. */
export function NextSteps() {
  const { org, project } = useProject()
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const { data: experiments } = useQuery(experimentsQuery(project.id))
  if (!datasets || !experiments || experiments.length > 1) return null
  const steps = [
    { page: 'logs', done: true, label: t`Log traces`, how: t`Your application is sending them.` },
    {
      page: datasets.length ? 'datasets' : 'logs',
      done: datasets.length > 0,
      label: t`Collect cases`,
      how: t`Select what went wrong in the logs and add it to a dataset.`,
    },
    {
      page: 'experiments',
      done: experiments.length > 0,
      label: t`Run an experiment`,
      how: t`Your task over the cases, with scorers.`,
    },
    {
      page: 'experiments',
      done: false,
      label: t`Compare`,
      how: t`Change something, run again, and read the verdict.`,
    },
  ] as const
  return (
    <Section title={t`From a trace to a verdict`}>
      <ol className="grid grid-cols-4 max-lg:grid-cols-2 max-sm:grid-cols-1">
        {steps.map(({ page, done, label, how }) => (
          <li key={label}>
            <Link
              to={`/app/$org/p/$project/${page}`}
              params={{ org, project: project.name }}
              className="flex h-full gap-2 px-3 py-2.5 hover:bg-panel"
            >
              {done ? (
                <Check size={15} className="mt-0.5 shrink-0 text-better" aria-label={t`done`} />
              ) : (
                <Circle size={15} className="mt-0.5 shrink-0 text-ink-3" aria-label={t`to do`} />
              )}
              <span className="min-w-0">
                <span className="block font-medium">{label}</span>
                <span className="block text-s text-ink-3">{how}</span>
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </Section>
  )
}
