import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { datasetsQuery } from '@/api/objects'
import type { Dataset } from '@/api/types'
import { CodeMenu } from '@/components/code-menu'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { count } from '@/lib/format'
import { shellQuote } from '@/lib/literals'
import { useMay, useProject } from '../projects/project-context'
import { headQuery } from './api'
import { NewDatasetDialog } from './new-dataset-dialog'

export function DatasetsPage() {
  const { project } = useProject()
  const { data: datasets, error, refetch } = useQuery(datasetsQuery(project.id))
  const [creating, setCreating] = useState(false)
  const creates = useMay('dataset', 'create')
  return (
    <>
      <PageHead crumbs={[{ label: t`Datasets` }]}>
        <Spacer />
        <CodeMenu
          title={t`This list`}
          read={{
            path: '/v1/dataset',
            params: { project_id: project.id },
            name: 'datasets',
            part: '["objects"]',
          }}
          cli={`assay datasets list -p ${shellQuote(project.name)}\n`}
        />
        {creates ? (
          <Button variant="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setCreating(true)}>
            {t`Dataset`}
          </Button>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!datasets && !error ? <SkeletonRows label={t`Loading datasets`} /> : null}
        {datasets?.length === 0 ? (
          <Empty
            title={t`No datasets yet`}
            code={`import assay\nassay.init_dataset(${JSON.stringify(project.name)}, "first-cases").insert(input="1+1", expected="2")`}
          >
            {t`A dataset holds the cases your experiments run over. Select traces in the logs and add them, or insert rows from code:`}
          </Empty>
        ) : null}
        {datasets?.length ? (
          <table className="w-full border-collapse">
            <thead className="text-left text-xs text-ink-3">
              <tr className="h-7 border-b border-line [&>th]:px-3.5 [&>th]:font-medium">
                <th>{t`Dataset`}</th>
                <th className="!text-right">{t`Rows`}</th>
                <th className="!text-right max-sm:hidden">{t`Version`}</th>
                <th className="!text-right max-sm:hidden">{t`Last row`}</th>
                <th className="!text-right">{t`Created`}</th>
              </tr>
            </thead>
            <tbody>
              {datasets.map((dataset) => (
                <DatasetRow key={dataset.id} dataset={dataset} />
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
      {creating ? <NewDatasetDialog onClose={() => setCreating(false)} /> : null}
    </>
  )
}

function DatasetRow({ dataset }: { dataset: Dataset }) {
  const { org, project } = useProject()
  const { data: head, isError } = useQuery(headQuery(dataset.id))
  return (
    <tr className="h-10 border-b border-line hover:bg-panel [&>td]:px-3.5">
      <td className="w-1/2 max-w-0">
        <Link
          to="/app/$org/p/$project/datasets/$name"
          params={{ org, project: project.name, name: dataset.name }}
          className="block truncate font-medium hover:text-accent"
        >
          {dataset.name}
        </Link>
        {dataset.description ? (
          <span className="block truncate text-s text-ink-3">{dataset.description}</span>
        ) : null}
      </td>
      <td className="text-right">
        {head ? count(head.rows) : <span className="text-ink-3">{isError ? '–' : '…'}</span>}
      </td>
      <td
        className="text-right font-mono text-[11.5px] text-ink-3 max-sm:hidden"
        title={head?.version ? t`Version ${head.version}` : undefined}
      >
        {head?.version ? `… ${head.version.slice(-6)}` : '–'}
      </td>
      <td className="text-right text-ink-3 max-sm:hidden">
        <Time iso={head?.changed} />
      </td>
      <td className="text-right text-ink-3">
        <Time iso={dataset.created} />
      </td>
    </tr>
  )
}
