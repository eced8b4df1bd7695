import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronDown, ListChecks } from 'lucide-react'
import { useMemo, useState } from 'react'
import { datasetsQuery, experimentsQuery } from '@/api/objects'
import { Forbidden } from '@/components/forbidden'
import { PageHead, Spacer, SubHead } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice } from '@/components/ui/menu'
import type { ReviewSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { projectPath, useMay, useProject } from '../projects/project-context'
import { FilterChips } from '../logs/chips'
import { progressQuery, reviewQuery, type Place } from './api'
import { configsQuery, type ScoreConfig } from './configs'
import { QuestionsDialog } from './questions-dialog'
import { Reviewer } from './reviewer'

/** Rows one after the other, with the project's questions beside them. Made for the keyboard. */
export function ReviewPage() {
  const { org, project } = useProject()
  const search = useSearch({ from: '/app/$org/p/$project/review/quick' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/review/quick' })
  const update = useStable(
    (changes: Partial<ReviewSearch>) =>
      void navigate({ search: (now: ReviewSearch) => ({ ...now, ...changes }), replace: true }),
  )
  const [asking, setAsking] = useState(false)
  const asks = useMay('project', 'update')
  const configs = useQuery(configsQuery(project.id))
  const { place, title, options, missing } = usePlace(project.id, search)
  const writes = useMay(place?.from ?? 'project_logs', 'update')
  const questions = useMemo(
    () => (configs.data ?? []).filter((config) => place?.from !== 'dataset' || config.toExpected),
    [configs.data, place?.from],
  )
  return (
    <>
      <PageHead
        crumbs={[
          { label: t`Review`, to: projectPath(org, project.name, 'review') },
          { label: t`Quick review` },
        ]}
      >
        <Menu
          trigger={
            <Button title={t`What is reviewed`}>
              <span className="max-w-56 truncate">{title}</span>{' '}
              <ChevronDown size={13} aria-hidden className="text-ink-3" />
            </Button>
          }
        >
          <MenuChoice
            value={search.of ?? 'logs'}
            onChange={(of) => update({ of: of === 'logs' ? undefined : of, r: undefined })}
            options={options}
          />
        </Menu>
        {place?.from === 'project_logs' ? (
          <RangeMenu value={search.t} onChange={(range) => update({ t: range, r: undefined })} />
        ) : null}
        <Menu
          trigger={
            <Button>
              {STATES[search.state ?? 'open']} <ChevronDown size={13} aria-hidden className="text-ink-3" />
            </Button>
          }
        >
          <MenuChoice
            value={search.state ?? 'open'}
            onChange={(state) => update({ state: state === 'open' ? undefined : state, r: undefined })}
            options={(['open', 'done', 'all'] as const).map((value) => ({ value, label: STATES[value] }))}
          />
        </Menu>
        <Spacer />
        {place ? <Progress place={place} search={search} questions={questions} /> : null}
        {asks ? (
          <Button icon={<ListChecks size={14} aria-hidden />} onClick={() => setAsking(true)}>
            {t`Questions`}
          </Button>
        ) : null}
      </PageHead>
      {search.q || search.f?.length ? (
        <SubHead>
          <FilterChips
            words={search.q}
            filters={search.f ?? []}
            onWords={() => update({ q: undefined })}
            onRemove={(at) => update({ f: search.f?.filter((_, i) => i !== at) })}
            onEdit={() => undefined}
          />
        </SubHead>
      ) : null}
      {configs.error ? <ErrorState error={configs.error} retry={() => void configs.refetch()} /> : null}
      {missing ? <Empty title={t`There is no ${missing}`}>{t`It was deleted, or renamed.`}</Empty> : null}
      {writes ? null : <Forbidden needs={t`update these rows: an answer becomes a score of the row`} />}
      {writes && configs.data && questions.length === 0 ? (
        <Empty
          title={t`Nothing is asked yet`}
          actions={
            asks ? (
              <Button variant="primary" onClick={() => setAsking(true)}>
                {t`Make the first question`}
              </Button>
            ) : null
          }
        >
          {place?.from === 'dataset'
            ? t`Rows of a dataset have no scores: a question for them writes what was expected.`
            : t`A question is a slider, a choice or a free text. Answers become scores of the row, like those of any scorer.`}
        </Empty>
      ) : null}
      {writes && place && questions.length ? (
        <Rows
          key={JSON.stringify([place, search.state, search.t, search.q, search.f])}
          place={place}
          search={search}
          questions={questions}
          update={update}
        />
      ) : null}
      {asking ? <QuestionsDialog onClose={() => setAsking(false)} /> : null}
    </>
  )
}

const STATES = { open: t`To review`, done: t`Reviewed`, all: t`All rows` } as const

type RowsProps = {
  place: Place
  search: ReviewSearch
  questions: ScoreConfig[]
  update: (changes: Partial<ReviewSearch>) => void
}

function Rows({ place, search, questions, update }: RowsProps) {
  const found = useInfiniteQuery(reviewQuery(place, search, questions))
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.data) ?? [], [found.data])
  const more = useStable(() => {
    if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage()
  })
  if (found.error) return <ErrorState error={found.error} retry={() => void found.refetch()} />
  if (found.isPending) return <SkeletonRows label={t`Loading rows`} />
  if (rows.length === 0)
    return search.state === undefined ? (
      <Empty
        title={t`Everything here is reviewed`}
        actions={<Button onClick={() => update({ state: 'done' })}>{t`See what was reviewed`}</Button>}
      >
        {t`New rows appear as the application logs them. A longer time may hold older ones.`}
      </Empty>
    ) : (
      <Empty title={t`No rows`}>{t`There is nothing of this kind in this time.`}</Empty>
    )
  return (
    <Reviewer
      place={place}
      rows={rows}
      questions={questions}
      open={search.r}
      onOpen={(r) => update({ r })}
      onEnd={more}
    />
  )
}

function Progress({ place, search, questions }: Pick<RowsProps, 'place' | 'search' | 'questions'>) {
  const { data } = useQuery(progressQuery(place, search, questions))
  if (!data?.total || questions.length === 0) return null
  return (
    <span className="flex items-center gap-2 text-s text-ink-2 tabular-nums max-sm:hidden">
      <span
        role="progressbar"
        aria-label={t`Reviewed`}
        aria-valuenow={data.done}
        aria-valuemax={data.total}
        className="h-1.5 w-24 overflow-hidden rounded-full bg-sunken"
      >
        <span className="block h-full bg-accent" style={{ width: `${(data.done / data.total) * 100}%` }} />
      </span>
      <Trans>
        {data.done} of {data.total}
      </Trans>
    </span>
  )
}

/** `of` is absent (the logs), `experiment:<name>` or `dataset:<name>`. */
function usePlace(projectId: string, search: ReviewSearch) {
  const experiments = useQuery(experimentsQuery(projectId))
  const datasets = useQuery(datasetsQuery(projectId))
  const [kind, name] = split(search.of)
  const options = [
    { value: 'logs', label: t`Logs` },
    ...(experiments.data ?? []).map((one) => ({
      value: `experiment:${one.name}`,
      label: one.name,
      hint: t`experiment`,
    })),
    ...(datasets.data ?? []).map((one) => ({
      value: `dataset:${one.name}`,
      label: one.name,
      hint: t`dataset`,
    })),
  ]
  const list = kind === 'experiment' ? experiments.data : datasets.data
  const found = list?.find((one) => one.name === name)
  const place: Place | null = useMemo(() => {
    if (!kind) return { from: 'project_logs', objectId: projectId }
    return found ? { from: kind, objectId: found.id } : null
  }, [kind, found, projectId])
  return {
    place,
    options,
    title: kind ? name : t`Logs`,
    missing: kind && list && !found ? t`${kind} called “${name}”` : null,
  }
}

function split(of: string | undefined): ['experiment' | 'dataset' | null, string] {
  const at = of?.indexOf(':') ?? -1
  const kind = of?.slice(0, at)
  return kind === 'experiment' || kind === 'dataset' ? [kind, of!.slice(at + 1)] : [null, '']
}
