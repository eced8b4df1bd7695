import { t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify } from '@/components/ui/toast'
import { Payload } from '../traces/payload'
import { AnswerTable } from './answer-table'
import { isAnswered, type Answer } from './answers'
import type { ScoreConfig } from './configs'
import { PairContent, SideChoice, StrengthChoice } from './pair-work'
import {
  fromWire,
  itemQuery,
  takeStep,
  toWire,
  useQueuesRefresh,
  type Content,
  type Item,
  type Queue,
  type Results,
  type Side,
} from './queues'
import { ScoreInput } from './score-inputs'
import { Problem } from '@/components/field'
import { RowContent } from './single-work'

type Props = {
  queue: Queue
  itemId: string
  questions: (ScoreConfig & { required: boolean })[]
  people: Results['reviewers']
  onClose: () => void
}

/** Shows an item with all that was said of it, and takes the decision. */
export function Adjudicate(props: Props) {
  const { queue, itemId, onClose } = props
  const { data, error } = useQuery(itemQuery(queue.id, itemId))
  if (data) return <Decide {...props} item={data.item} content={data.content} />
  return (
    <Dialog open onClose={onClose} title={t`Decide`} width="max-w-3xl">
      {error ? <ErrorState error={error} /> : <Skeleton className="h-40 w-full" />}
    </Dialog>
  )
}

type DecideProps = Props & { item: Item; content: (Content | null)[] }

function Decide({ queue, item, content, questions, people, onClose }: DecideProps) {
  const refresh = useQueuesRefresh()
  const [answers, setAnswers] = useState<Readonly<Record<string, Answer>>>(() => start(item, questions))
  const [side, setSide] = useState<Side | null>(item.decision?.preference ?? null)
  const [strength, setStrength] = useState<number | null>(item.decision?.strength ?? null)
  const pair = queue.kind === 'pairwise'
  const given = Object.fromEntries(
    questions.flatMap((one) => {
      const answer = answers[one.id] ?? null
      return isAnswered(answer) ? [[one.id, toWire(one, answer)]] : []
    }),
  )
  const ready = pair ? side !== null : questions.every((one) => !one.required || one.id in given)
  const tags = item.decision?.tags ?? []
  const save = useMutation({
    mutationFn: () => {
      const how = side === 'tie' || strength === null ? null : Math.round(strength)
      const body = pair ? { preference: side, strength: how, tags } : { answers: given, tags }
      return takeStep(queue.id, item.id, 'adjudicate', body)
    },
    onSuccess: async () => {
      onClose()
      await refresh()
      notify(t`Item ${item.position} is decided and written to its row`)
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Decide item ${item.position}`}
      description={t`What you decide counts, whatever the reviewers said. Their answers stay.`}
      width="max-w-3xl"
      footer={
        <>
          <Problem text={save.error?.message} className="min-w-0 flex-1" />
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" onClick={() => save.mutate()} disabled={!ready || save.isPending}>
            {t`Decide`}
          </Button>
        </>
      }
    >
      <AnswerTable item={item} questions={questions} people={people} />
      <div className="mt-3 grid grid-cols-2 gap-3 rounded-l border border-line p-3 max-sm:grid-cols-1">
        {pair ? (
          <>
            <SideChoice side={side} onChoose={setSide} />
            <StrengthChoice side={side} strength={strength} onChoose={setStrength} />
          </>
        ) : (
          questions.map((one) => (
            <ScoreInput
              key={one.id}
              config={one}
              answer={answers[one.id] ?? null}
              onAnswer={(answer) => setAnswers((now) => ({ ...now, [one.id]: answer }))}
            />
          ))
        )}
      </div>
      <div className="mt-3 space-y-2.5">
        {pair ? (
          <>
            <Payload name="input" title={t`Input`} value={content.find(Boolean)?.input} />
            <PairContent content={content} titles={titlesOf(item)} chosen={side} />
          </>
        ) : (
          <RowContent content={content[0] ?? null} />
        )}
      </div>
    </Dialog>
  )
}

function titlesOf({ sources }: Item): [string, string] {
  const [left, right] = [sources?.[0]?.system, sources?.[1]?.system]
  return [left ? t`Left: ${left}` : t`Left: first`, right ? t`Right: ${right}` : t`Right: second`]
}

/** What was decided before; else what the reviewers agree on. */
function start(item: Item, questions: readonly ScoreConfig[]): Record<string, Answer> {
  const said = item.reviews.filter(({ state }) => state === 'answered')
  return Object.fromEntries(
    questions.map((one) => {
      if (item.decision) return [one.id, fromWire(one, item.decision.answers?.[one.id])]
      const shared = item.disagree.includes(one.id) ? undefined : said[0]?.answers?.[one.id]
      return [one.id, fromWire(one, shared)]
    }),
  )
}
