import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { cx } from '@/lib/cx'
import type { Answer } from './answers'
import type { ScoreConfig } from './configs'
import { ScoreInput } from './score-inputs'

type Props<Q extends ScoreConfig> = {
  questions: readonly Q[]
  /** Position of the one the keyboard answers. */
  asked: number
  onAsk: (at: number) => void
  answerTo: (question: Q) => Answer
  onAnswer: (question: Q, answer: Answer) => void
  /** Said below a question. */
  note?: (question: Q) => string | null
  /** Below the questions. */
  children?: ReactNode
  footer: ReactNode
}

/** The questions about a row beside it, one of them for the keyboard. */
export function QuestionList<Q extends ScoreConfig>(props: Props<Q>) {
  const { questions, asked, onAsk, answerTo, onAnswer, note, children, footer } = props
  return (
    <aside
      aria-label={t`Questions`}
      className="flex min-h-0 flex-col border-l border-line max-md:max-h-[55%] max-md:shrink-0 max-md:border-t max-md:border-l-0"
    >
      <div className="min-h-0 flex-1 space-y-2 overflow-y-auto p-3">
        {questions.map((one, at) => {
          const words = note?.(one)
          return (
            <div
              key={one.id}
              className={cx('rounded-l border p-2.5', at === asked ? 'border-accent/50' : 'border-line')}
              onFocus={() => onAsk(at)}
            >
              <ScoreInput
                config={one}
                answer={answerTo(one)}
                active={at === asked}
                onAnswer={(answer) => onAnswer(one, answer)}
              />
              {words ? <p className="mt-1 text-xs text-ink-3">{words}</p> : null}
            </div>
          )
        })}
        {children}
      </div>
      {footer}
    </aside>
  )
}
