import { t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { ErrorState } from '@/components/states'
import { Badge, Skeleton, type Tone } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice } from '@/components/ui/menu'
import { notifyError } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { Adjudicate } from './adjudicate'
import { AnswerTable } from './answer-table'
import { configsQuery, type ScoreConfig } from './configs'
import {
  ITEMS_PAGE,
  itemsQuery,
  questionsOf,
  takeStep,
  useQueuesRefresh,
  type Item,
  type ItemStatus,
  type Queue,
  type Results,
} from './queues'
import { Section } from './section'

const SHOWN: { value: ItemStatus | 'all'; label: string }[] = [
  { value: 'needs_adjudication', label: t`To decide` },
  { value: 'adjudicated', label: t`Decided` },
  { value: 'done', label: t`Agreed` },
  { value: 'skipped', label: t`Skipped` },
  { value: 'pending', label: t`Open` },
  { value: 'all', label: t`All items` },
]

const TONES: Record<ItemStatus, { tone: Tone; label: string }> = {
  pending: { tone: 'plain', label: t`open` },
  done: { tone: 'better', label: t`agreed` },
  needs_adjudication: { tone: 'warn', label: t`to decide` },
  adjudicated: { tone: 'plain', label: t`decided` },
  skipped: { tone: 'unsure', label: t`skipped` },
}

type People = Results['reviewers']
type Props = { queue: Queue; manage: boolean; people: People }

/** Items with what each reviewer said; those about which they differ come first. */
export function QueueItems({ queue, manage, people }: Props) {
  const { project } = useProject()
  const { data: configs } = useQuery(configsQuery(project.id))
  const [status, setStatus] = useState<ItemStatus | 'all'>('needs_adjudication')
  const [limit, setLimit] = useState(ITEMS_PAGE)
  const [deciding, setDeciding] = useState<string | null>(null)
  const { data: items, error } = useQuery(itemsQuery(queue.id, status, limit))
  const questions = questionsOf(queue, configs ?? [])
  const title = SHOWN.find(({ value }) => value === status)!.label
  return (
    <Section
      title={t`Items`}
      tools={
        <Menu
          align="end"
          trigger={
            <Button>
              {title} <ChevronDown size={13} aria-hidden className="text-ink-3" />
            </Button>
          }
        >
          <MenuChoice value={status} onChange={setStatus} options={SHOWN} />
        </Menu>
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {items || error ? null : <Skeleton className="h-16 w-full" />}
      {items?.length === 0 ? (
        <p className="text-ink-2">
          {status === 'needs_adjudication' ? t`Reviewers differ about nothing.` : t`None.`}
        </p>
      ) : null}
      <ul className="space-y-2">
        {items?.map((item) => (
          <ItemRow
            key={item.id}
            item={item}
            queue={queue}
            questions={questions}
            people={people}
            {...(manage ? { onDecide: () => setDeciding(item.id) } : {})}
          />
        ))}
      </ul>
      {items?.length === limit && limit < 1000 ? (
        <Button className="mt-2" onClick={() => setLimit(Math.min(1000, limit + ITEMS_PAGE))}>
          {t`More`}
        </Button>
      ) : null}
      {deciding ? (
        <Adjudicate
          queue={queue}
          itemId={deciding}
          questions={questions}
          people={people}
          onClose={() => setDeciding(null)}
        />
      ) : null}
    </Section>
  )
}

type RowProps = {
  item: Item
  queue: Queue
  questions: ScoreConfig[]
  people: People
  onDecide?: () => void
}

function ItemRow({ item, queue, questions, people, onDecide }: RowProps) {
  const refresh = useQueuesRefresh()
  const restore = useMutation({
    mutationFn: () => takeStep(queue.id, item.id, 'restore'),
    onSuccess: refresh,
    onError: (error) => notifyError(t`It stays skipped`, error),
  })
  const { tone, label } = TONES[item.status]
  const rows = item.sources?.map(({ row_id, system }) => (system ? `${system}: ${row_id}` : row_id))
  return (
    <li className="rounded-l border border-line p-2.5">
      <div className="flex items-center gap-2">
        <span className="text-ink-3 tabular-nums">#{item.position}</span>
        <Badge tone={tone}>{label}</Badge>
        <span className="min-w-0 flex-1 truncate font-mono text-[11.5px] text-ink-3">
          {rows ? rows.join(' · ') : t`hidden until all have answered`}
        </span>
        {onDecide && item.status === 'skipped' ? (
          <Button onClick={() => restore.mutate()} disabled={restore.isPending}>
            {t`Offer again`}
          </Button>
        ) : null}
        {onDecide && item.status !== 'pending' ? (
          <Button
            variant={item.status === 'needs_adjudication' ? 'primary' : 'default'}
            onClick={onDecide}
            aria-label={t`Decide item ${item.position}`}
          >
            {t`Decide`}
          </Button>
        ) : null}
      </div>
      <AnswerTable item={item} questions={questions} people={people} />
    </li>
  )
}
