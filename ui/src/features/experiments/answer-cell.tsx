import { t } from '@lingui/core/macro'
import { useState, type KeyboardEvent } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { Popover } from '@/components/ui/popover'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { answerOf, isAnswered, type Answer } from '../review/answers'
import type { ScoreConfig } from '../review/configs'
import { byDigit, ScoreInput } from '../review/score-inputs'
import type { Answered } from '../review/use-review'

const MOST_TRIALS = 6

export type Give = (row: Answered, config: ScoreConfig, answer: Answer) => void

type Props = {
  config: ScoreConfig
  /** The rows of the case in the experiment on show, a trial each; undefined until they are read, null where they
   * could not be. */
  rows: readonly Answered[] | undefined | null
  /** Writes an answer down; null for somebody who may only read. */
  give: Give | null
}

/** An answer in words; null when there is none. */
export function answerText(config: ScoreConfig, row: Answered): string | null {
  const answer = answerOf(config, row)
  if (!isAnswered(answer) || answer === null) return null
  if (Array.isArray(answer)) return answer.join(', ')
  return typeof answer === 'number' ? format.score(answer) : String(answer)
}

/** What the trials of a case were given, in their order; null when none was given anything. */
function textOf(config: ScoreConfig, rows: readonly Answered[]): string | null {
  const texts = rows.map((row) => answerText(config, row))
  if (texts.every((text) => text === null)) return null
  const shown = texts.slice(0, MOST_TRIALS).map((text) => text ?? '–')
  return shown.join(' · ') + (texts.length > MOST_TRIALS ? ' …' : '')
}

/** The answer of a person to a question about a case, which a click, Enter or a digit changes. */
export function AnswerCell({ config, rows, give }: Props) {
  const [touched, setTouched] = useState(false)
  const [open, setOpen] = useState(false)
  if (rows === null) return <span className="text-ink-3">{t`not read`}</span>
  if (!rows) return <Skeleton className="h-2.5 w-12" />
  const text = textOf(config, rows)
  if (rows.length === 0 || !give) return <Said text={text} />
  const show = (): void => {
    setTouched(true)
    setOpen(true)
  }
  const [only, ...others] = rows
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (moved(event)) return
    // Which of several trials a digit is about is chosen in what opens.
    if (only && others.length === 0) byKey(event, config, only, give)
  }
  const trigger = (
    <button
      type="button"
      data-question={config.id}
      aria-haspopup="dialog"
      aria-label={text === null ? t`${config.name}: not answered` : `${config.name}: ${text}`}
      onClick={show}
      onKeyDown={onKeyDown}
      className="-mx-1.5 -my-0.5 flex min-h-6 w-[calc(100%+12px)] items-center rounded border border-line px-1.5 text-left hover:border-line-strong hover:bg-sunken max-sm:mx-0 max-sm:my-0 max-sm:min-h-9 max-sm:w-auto max-sm:min-w-12"
    >
      <Said text={text} />
    </button>
  )
  if (!touched) return trigger
  return (
    <Popover
      title={config.name}
      trigger={trigger}
      open={open}
      onOpenChange={(next) => {
        // What is typed or dragged is said when it is left, however that happens.
        if (!next && document.activeElement instanceof HTMLElement) document.activeElement.blur()
        setOpen(next)
      }}
    >
      <Asked config={config} rows={rows} give={give} onDone={() => setOpen(false)} />
    </Popover>
  )
}

function Said({ text }: { text: string | null }) {
  return (
    <span className={cx('line-clamp-3 break-words', text === null && 'text-ink-3')} title={text ?? undefined}>
      {text ?? '–'}
    </span>
  )
}

type AskedProps = {
  config: ScoreConfig
  rows: readonly Answered[]
  give: Give
  onDone: () => void
}

/** The question, about one trial of several; digits answer it. */
function Asked({ config, rows, give, onDone }: AskedProps) {
  const [at, setAt] = useState(0)
  const row = rows[Math.min(at, rows.length - 1)]!
  const single = config.type === 'categorical' && !config.multiple
  const done = (said: boolean): void => {
    if (said && rows.length === 1) onDone()
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the control inside, by digits too
    <div
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) (event.target as HTMLElement).blur()
        else done(byKey(event, config, row, give))
      }}
    >
      {rows.length > 1 ? (
        <select
          aria-label={t`Trial`}
          value={at}
          onChange={(event) => setAt(Number(event.target.value))}
          className="field mb-2 h-7 w-full px-1.5 max-sm:h-9"
        >
          {rows.map((one, i) => (
            <option key={one.id} value={i}>
              {t`Trial ${i + 1} of ${rows.length}`}
            </option>
          ))}
        </select>
      ) : null}
      <ScoreInput
        key={row.id}
        config={config}
        answer={answerOf(config, row)}
        active
        onAnswer={(answer) => {
          give(row, config, answer)
          done(single)
        }}
      />
    </div>
  )
}

/** Answers by a digit; whether nothing more can be said then. */
function byKey(event: KeyboardEvent<HTMLElement>, config: ScoreConfig, row: Answered, give: Give): boolean {
  const typing = (event.target as Element).matches('textarea, select')
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return false
  const found = byDigit(config, answerOf(config, row), Number(event.key))
  if (!found) return false
  event.preventDefault()
  give(row, config, found.answer)
  return found.done
}

/** Arrows go from an answer to those around it, as in a sheet. */
function moved(event: KeyboardEvent<HTMLElement>): boolean {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false
  const [down, right] = step as [number, number]
  const cell = event.currentTarget
  const row = cell.closest('[role=row]')
  const there = row?.parentElement?.querySelector(
    `[data-index="${Number(row.getAttribute('data-index')) + down}"]`,
  )
  const answers = [...(there?.querySelectorAll<HTMLElement>('[data-question]') ?? [])]
  const at = answers.findIndex((one) => one.dataset.question === cell.dataset.question)
  event.preventDefault()
  answers[at + right]?.focus()
  return true
}
