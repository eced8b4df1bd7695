import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useParams, useSearch } from '@tanstack/react-router'
import { PageHead } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows, Tag } from '@/components/ui/bits'
import { term } from '@/lib/terms'
import { useProject } from '../projects/project-context'
import { LongText } from '../traces/long-text'
import { oneQuery } from './api'
import { sectionOf } from './list'
import { madeOf } from './stored'

/** /functions/{id} and /parameters/{id}, where clients link to. */
export function FunctionLink() {
  const { id } = useParams({ strict: false })
  return <Found id={id ?? ''} />
}

/** /tools?pr={id} */
export function ToolLink() {
  const { pr } = useSearch({ from: '/app/$org/p/$project/tools' })
  if (!pr)
    return <Empty title={t`This link is not complete`}>{t`It needs ?pr= and the id of a function.`}</Empty>
  return <Found id={pr} />
}

/** Goes to the page of a prompt or a scorer; shows what any other function is made of. */
function Found({ id }: { id: string }) {
  const { org, project } = useProject()
  const { data, error, refetch } = useQuery(oneQuery(id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows label={t`Finding the function`} />
  const section = sectionOf(data)
  if (section)
    return (
      <Navigate
        replace
        to={`/app/$org/p/$project/${section}/$id`}
        params={{ org, project: project.name, id: data.id }}
      />
    )
  return (
    <>
      <PageHead
        crumbs={[{ label: data.name }]}
        after={
          <>
            <Tag>{term(data.function_type ?? 'function')}</Tag>
            <code className="font-mono text-s text-ink-3">{data.slug}</code>
          </>
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto p-3.5">
        <p className="mb-3 max-w-2xl text-ink-2">
          {t`Stored and versioned by the server, and read by clients. It cannot be edited or run here.`}
        </p>
        <LongText text={madeOf(data.function_data)} mono />
      </div>
    </>
  )
}
