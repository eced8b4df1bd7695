import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Check } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Row } from '@/api/types'
import { Gist } from '@/components/gist'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { useHotkeys } from '@/lib/hotkeys'
import { toText } from '@/lib/json'
import { Field, Payload } from '../traces/payload'
import type { Place } from './api'
import { AssignMenu } from '../people/assign-menu'
import { answerOf, assignment, isAnswered } from './answers'
import type { ScoreConfig } from './configs'
import { QuestionList } from './question-list'
import { byDigit } from './score-inputs'
import { useAnswers } from './use-review'
import { WholeLink } from './whole-link'

type Props = {
  place: Place
  rows: readonly Row[]
  questions: readonly ScoreConfig[]
  /** Id of the row on show; the first without one. */
  open: string | undefined
  onOpen: (rowId: string) => void
  onEnd: () => void
}

/** The list, the row on show, and the questions. Digits answer, arrows move, Enter goes to the next open row. */
export function Reviewer({ place, rows: read, questions, open, onOpen, onEnd }: Props) {
  const { rows, give, write } = useAnswers(place, read)
  const [asked, setAsked] = useState(0)
  const at = Math.max(
    0,
    rows.findIndex((row) => row.id === open),
  )
  const row = rows[at]!
  const question = questions[Math.min(asked, questions.length - 1)]!
  const done = (one: Row): boolean =>
    questions.every((config) => config.type === 'free-form' || isAnswered(answerOf(config, one)))

  const go = (index: number): void => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (next && next.id !== row.id) onOpen(next.id)
    setAsked(0)
    if (index >= rows.length - 10) onEnd()
  }
  const goOn = (): void => {
    const next = rows.findIndex((one, i) => i > at && !done(one))
    go(next === -1 ? at + 1 : next)
  }
  const digit = (n: number): void => {
    const found = byDigit(question, answerOf(question, row), n)
    if (!found) return
    void give(row, question, found.answer)
    if (found.done) setAsked(Math.min(asked + 1, questions.length - 1))
  }
  useHotkeys({
    ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [String(i + 1), () => digit(i + 1)])),
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    j: () => go(at + 1),
    k: () => go(at - 1),
    ArrowRight: () => setAsked(Math.min(asked + 1, questions.length - 1)),
    ArrowLeft: () => setAsked(Math.max(asked - 1, 0)),
    Enter: goOn,
  })
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[260px_minmax(0,1fr)_320px] max-lg:grid-cols-[minmax(0,1fr)_280px] max-md:flex max-md:flex-col">
      <List rows={rows} at={at} done={done} onChoose={go} />
      <article
        key={row.id}
        aria-label={t`Row`}
        className="space-y-2.5 overflow-y-auto p-3.5 max-md:min-h-0 max-md:flex-1"
      >
        {row.error != null ? (
          <Field title={t`Error`} tone="worse">
            <pre className="p-2.5 font-mono text-s break-words whitespace-pre-wrap text-worse">
              {toText(row.error)}
            </pre>
          </Field>
        ) : null}
        <Payload name="input" title={t`Input`} value={row.input} />
        <Payload name="output" title={t`Output`} value={row.output} />
        <Payload name="expected" title={t`Expected`} value={row.expected} />
        <Payload name="metadata" title={t`Metadata`} value={row.metadata ?? undefined} />
      </article>
      <QuestionList
        key={`questions of ${row.id}`}
        questions={questions}
        asked={asked}
        onAsk={setAsked}
        answerTo={(config) => answerOf(config, row)}
        onAnswer={(config, answer) => void give(row, config, answer)}
        footer={
          <footer className="flex items-center gap-2 border-t border-line px-3 py-2 text-s text-ink-3">
            <Button onClick={() => go(at - 1)} disabled={at === 0} aria-label={t`Previous row`}>
              ↑
            </Button>
            <Button onClick={() => go(at + 1)} disabled={at >= rows.length - 1} aria-label={t`Next row`}>
              ↓
            </Button>
            <span className="flex-1 tabular-nums">
              <Trans>
                {at + 1} of {rows.length}
              </Trans>
            </span>
            <Button variant="primary" onClick={goOn}>
              {t`Next to review`} <span className="opacity-75 max-sm:hidden">↵</span>
            </Button>
          </footer>
        }
      >
        <div className="flex flex-wrap gap-2 p-1">
          <WholeLink place={{ object_type: place.from, object_id: place.objectId, row_id: row.id }} />
          <AssignMenu
            rowRef={{ ...place, rowId: row.id }}
            row={row}
            onAssign={(people) => void write(row, assignment(people))}
          />
        </div>
      </QuestionList>
    </div>
  )
}

type ListProps = {
  rows: readonly Row[]
  at: number
  done: (row: Row) => boolean
  onChoose: (index: number) => void
}

function List({ rows, at, done, onChoose }: ListProps) {
  const chosen = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    void chosen.current?.scrollIntoView({ block: 'nearest' })
  }, [at])
  return (
    <ol aria-label={t`Rows`} className="overflow-y-auto border-r border-line max-lg:hidden">
      {rows.map((row, i) => (
        <li key={row.id}>
          <button
            ref={i === at ? chosen : null}
            type="button"
            aria-current={i === at}
            onClick={() => onChoose(i)}
            className={cx(
              'flex w-full items-start gap-2 border-b border-line px-3 py-1.5 text-left',
              i === at ? 'bg-accent-soft' : 'hover:bg-sunken',
            )}
          >
            <span className="mt-0.5 w-3.5 shrink-0 text-better">
              {done(row) ? <Check size={13} aria-label={t`reviewed`} /> : null}
            </span>
            <span className="min-w-0 flex-1">
              <span className="block truncate">
                <Gist value={row.input} />
              </span>
              <span className="block truncate text-s text-ink-3">
                <Gist value={row.output} />
              </span>
            </span>
            <span className="text-xs text-ink-3">
              <Time iso={row.created} />
            </span>
          </button>
        </li>
      ))}
    </ol>
  )
}
