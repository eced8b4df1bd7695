import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Download, MoreHorizontal, Pencil, Plus, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { CodeMenu } from '@/components/code-menu'
import { PageHead, Spacer } from '@/components/page'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button, buttonClass } from '@/components/ui/button'
import { FormDialog } from '@/components/form-dialog'
import { Menu, MenuItem, MenuRule } from '@/components/ui/menu'
import { count } from '@/lib/format'
import { projectPath, useProject } from '../projects/project-context'
import { MarkdownText } from '../traces/markdown-text'
import { AddItems } from './add-items'
import { AgreementTable } from './agreement'
import { QueueDialog } from './queue-dialog'
import { QueueItems } from './queue-items'
import { QueueProgress } from './queue-progress'
import {
  answersUrl,
  deleteQueue,
  itemsQuery,
  queueQuery,
  resultsQuery,
  useQueuesRefresh,
  type Queue,
} from './queues'
import { Rules } from './queues-page'
import { ReviewerTable } from './reviewers'
import { Standings } from './standings'

/** What came of a queue: progress, agreement, what is to be decided, and which system wins. */
export function QueuePage() {
  const { queue: id } = useParams({ from: '/app/$org/p/$project/review/$queue' })
  const queue = useFollowedQueue(id)
  if (queue.error) return <ErrorState error={queue.error} retry={() => void queue.refetch()} />
  if (!queue.data) return <SkeletonRows label={t`Loading the queue`} />
  return <Page key={id} queue={queue.data} />
}

const LOOKS_AGAIN = 5_000

/** A queue while others review: how far it is, and with every change of that, what came of it. */
function useFollowedQueue(id: string) {
  const client = useQueryClient()
  const queue = useQuery({ ...queueQuery(id), refetchInterval: LOOKS_AGAIN })
  const progress = queue.data && JSON.stringify(queue.data.progress)
  const before = useRef(progress)
  useEffect(() => {
    if (before.current !== undefined && before.current !== progress) {
      void client.invalidateQueries({ queryKey: resultsQuery(id).queryKey })
      void client.invalidateQueries({ queryKey: itemsQuery(id, 'all', 0).queryKey.slice(0, 3) })
    }
    before.current = progress
  }, [client, id, progress])
  return queue
}

type Asked = 'change' | 'add' | 'delete' | null

function Page({ queue }: { queue: Queue }) {
  const { org, project } = useProject()
  const { data: results, error } = useQuery(resultsQuery(queue.id))
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => setAsked(null)
  const open = results?.progress.mine_open ?? queue.progress.mine_open
  const manage = results?.may_manage ?? false
  const empty = (results?.progress ?? queue.progress).total === 0
  return (
    <>
      <PageHead
        crumbs={[{ label: t`Review`, to: projectPath(org, project.name, 'review') }, { label: queue.name }]}
        after={<Rules queue={queue} />}
      >
        <Spacer />
        <CodeMenu
          title={t`What came of it`}
          read={{ path: `/v1/review_queue/${queue.id}/results`, name: 'results' }}
        />
        {manage ? (
          <Button
            variant={empty ? 'primary' : 'default'}
            icon={<Plus size={14} aria-hidden />}
            onClick={() => setAsked('add')}
          >
            {t`Add items`}
          </Button>
        ) : null}
        <Menu
          align="end"
          trigger={<Button icon={<MoreHorizontal size={15} aria-hidden />} aria-label={t`More`} />}
        >
          {(['csv', 'jsonl'] as const).map((format) => (
            <MenuItem
              key={format}
              icon={<Download size={13} aria-hidden />}
              onSelect={() => window.location.assign(answersUrl(queue.id, format))}
            >
              <Trans>Answers as {format.toUpperCase()}</Trans>
            </MenuItem>
          ))}
          {manage ? (
            <>
              <MenuRule />
              <MenuItem icon={<Pencil size={13} aria-hidden />} onSelect={() => setAsked('change')}>
                {t`Change`}
              </MenuItem>
              <MenuItem icon={<Trash2 size={13} aria-hidden />} onSelect={() => setAsked('delete')}>
                {t`Delete`}
              </MenuItem>
            </>
          ) : null}
        </Menu>
        {results?.may_review && !empty ? (
          <Link
            to="/app/$org/p/$project/review/$queue/work"
            params={{ org, project: project.name, queue: queue.id }}
            className={buttonClass('primary')}
          >
            {open ? t`Review ${count(open)}` : t`Review`}
          </Link>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 space-y-5 overflow-y-auto p-3.5">
        {queue.description ? <p className="text-ink-2">{queue.description}</p> : null}
        <QueueProgress progress={results?.progress ?? queue.progress} legend />
        {queue.instructions ? (
          <details className="rounded-l border border-line">
            <summary className="cursor-pointer px-2.5 py-1.5 text-s font-medium">{t`Instructions`}</summary>
            <MarkdownText text={queue.instructions} className="border-t border-line p-2.5" />
          </details>
        ) : null}
        {error ? <ErrorState error={error} /> : null}
        {results && empty ? (
          <p className="text-ink-2">
            {manage
              ? t`Nothing is in this queue yet. Add items, or send rows of the logs or cases of an experiment there.`
              : t`Nothing is in this queue yet. Somebody who manages it adds items.`}
          </p>
        ) : null}
        {results && !empty ? (
          <>
            {results.systems.length ? <Standings results={results} /> : null}
            <AgreementTable queue={queue} results={results} />
            <QueueItems queue={queue} manage={manage} people={results.reviewers} />
            <ReviewerTable results={results} />
          </>
        ) : null}
      </div>
      {asked === 'change' ? <QueueDialog queue={queue} onClose={close} /> : null}
      {asked === 'add' ? <AddItems queue={queue} onClose={close} /> : null}
      {asked === 'delete' ? <DeleteQueue queue={queue} onClose={close} /> : null}
    </>
  )
}

function DeleteQueue({ queue, onClose }: { queue: Queue; onClose: () => void }) {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const refresh = useQueuesRefresh()
  const remove = useMutation({
    mutationFn: () => deleteQueue(queue.id),
    onSuccess: async () => {
      await navigate({ to: '/app/$org/p/$project/review', params: { org, project: project.name } })
      await refresh()
    },
  })
  return (
    <FormDialog
      title={t`Delete ${queue.name}?`}
      width="max-w-sm"
      action={t`Delete`}
      danger
      ready
      busy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <p className="text-ink-2">
        {t`Nobody finds it any more. The rows stay, with the scores that were written to them. Export the answers first if you want each of them.`}
      </p>
    </FormDialog>
  )
}
