import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { meQuery } from '@/api/objects'
import { Button } from '@/components/ui/button'
import { Kbd } from '@/components/ui/bits'
import { useHotkeys } from '@/lib/hotkeys'
import { toText } from '@/lib/json'
import { Field, Payload } from '../traces/payload'
import { AssignMenu } from '../people/assign-menu'
import { useMay } from '../projects/project-context'
import { assignment, isAnswered, type Answer } from './answers'
import type { ScoreConfig } from './configs'
import { byDigit } from './score-inputs'
import { useWrite } from './feedback'
import { QuestionList } from './question-list'
import { fromWire, toWire, type Content, type Item, type Place, type Queue } from './queues'
import type { Act } from './queue-work'
import { CommentField, TagField } from './tag-field'
import { WholeLink } from './whole-link'

type Question = ScoreConfig & { required: boolean }
type Props = { item: Item; content: Content | null; queue: Queue; questions: Question[]; act: Act }

/** A row and the questions of the queue. Digits answer, arrows move between questions, Enter hands in. */
export function SingleWork({ item, content, queue, questions, act }: Props) {
  const { data: me } = useQuery(meQuery)
  const before = item.reviews.find((review) => review.user_id === me?.user.id)
  const [answers, setAnswers] = useState<Readonly<Record<string, Answer>>>(() =>
    Object.fromEntries(questions.map((one) => [one.id, fromWire(one, before?.answers?.[one.id])])),
  )
  const [tags, setTags] = useState<string[]>(before?.tags ?? [])
  const [comment, setComment] = useState(before?.comment ?? '')
  const [asked, setAsked] = useState(0)
  const question = questions[asked]
  const answerTo = (one: Question): Answer => answers[one.id] ?? null
  const missing = questions.filter((one) => one.required && !isAnswered(answerTo(one)))
  const give = (one: Question, answer: Answer): void => setAnswers((now) => ({ ...now, [one.id]: answer }))
  const move = (by: number): void => setAsked(Math.max(0, Math.min(questions.length - 1, asked + by)))

  const digit = (n: number): void => {
    const found = question ? byDigit(question, answerTo(question), n) : null
    if (!question || !found) return
    give(question, found.answer)
    if (found.done) move(1)
  }
  const submit = (): void => {
    if (missing.length > 0) {
      setAsked(questions.indexOf(missing[0]!))
      return
    }
    const given = Object.fromEntries(
      questions.flatMap((one) => {
        const wire = isAnswered(answerTo(one)) ? toWire(one, answerTo(one)) : null
        return wire === null ? [] : [[one.id, wire]]
      }),
    )
    void act('answer', { answers: given, tags, comment })
  }
  useHotkeys({
    ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [String(i + 1), () => digit(i + 1)])),
    ArrowDown: () => move(1),
    ArrowRight: () => move(1),
    ArrowUp: () => move(-1),
    ArrowLeft: () => move(-1),
    Enter: submit,
    s: () => void act('skip'),
  })
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_340px] max-lg:grid-cols-[minmax(0,1fr)_280px] max-md:flex max-md:flex-col">
      <article aria-label={t`Row`} className="space-y-2.5 overflow-y-auto p-3.5 max-md:min-h-0 max-md:flex-1">
        <RowContent content={content} />
      </article>
      <QuestionList
        questions={questions}
        asked={asked}
        onAsk={setAsked}
        answerTo={answerTo}
        onAnswer={give}
        note={(one) => (one.required ? null : t`may be left out`)}
        footer={
          <WorkFooter
            hint={missing.length ? t`${missing.length} to answer` : t`ready`}
            ready={missing.length === 0}
            onSubmit={submit}
            onSkip={() => void act('skip')}
          />
        }
      >
        <div className="space-y-2 p-1">
          <TagField allowed={queue.tags} tags={tags} onChange={setTags} />
          <CommentField value={comment} onChange={setComment} />
          {content && item.sources?.[0] ? (
            <div className="flex flex-wrap gap-2">
              <WholeLink place={item.sources[0]} />
              <AssignItem place={item.sources[0]} content={content} />
            </div>
          ) : null}
        </div>
      </QuestionList>
    </div>
  )
}

/** Who the row is assigned to. What was typed stays: the item is not read again. */
function AssignItem({ place, content }: { place: Place; content: Content }) {
  const writes = useMay(place.object_type, 'update')
  const [metadata, setMetadata] = useState(content.metadata)
  const rowRef = { from: place.object_type, objectId: place.object_id, rowId: place.row_id }
  const write = useWrite(rowRef)
  if (!writes) return null
  return (
    <AssignMenu
      rowRef={rowRef}
      row={{ metadata }}
      onAssign={(people) => {
        const what = assignment(people)
        setMetadata({ ...metadata, ...what.metadata })
        write.mutate(what, { onError: () => setMetadata(metadata) })
      }}
    />
  )
}

type FooterProps = { hint: string; ready: boolean; onSubmit: () => void; onSkip: () => void }

export function WorkFooter({ hint, ready, onSubmit, onSkip }: FooterProps) {
  return (
    <footer className="flex items-center gap-2 border-t border-line px-3 py-2 text-s text-ink-3">
      <Button onClick={onSkip} title={t`Leave it to the others`}>
        <Trans>
          Skip <Kbd>s</Kbd>
        </Trans>
      </Button>
      <span className="flex-1 tabular-nums">{hint}</span>
      <Button variant="primary" onClick={onSubmit} disabled={!ready}>
        {t`Hand in`} <span className="opacity-75 max-sm:hidden">↵</span>
      </Button>
    </footer>
  )
}

/** What a row holds, as far as the reviewer may see it. */
export function RowContent({ content }: { content: Content | null }) {
  if (!content) return <p className="text-ink-2">{t`The row was deleted. Skip it.`}</p>
  return (
    <>
      {content.error != null ? (
        <Field title={t`Error`} tone="worse">
          <pre className="p-2.5 font-mono text-s break-words whitespace-pre-wrap text-worse">
            {toText(content.error)}
          </pre>
        </Field>
      ) : null}
      <Payload name="input" title={t`Input`} value={content.input} />
      <Payload name="output" title={t`Output`} value={content.output} />
      <Payload name="expected" title={t`Expected`} value={content.expected} />
      <Payload name="metadata" title={t`Metadata`} value={content.metadata ?? undefined} />
    </>
  )
}
