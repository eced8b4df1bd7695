import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { Kbd } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { MarkdownText } from '../traces/markdown-text'
import type { Answer } from './answers'
import type { ScoreConfig } from './configs'

type Props = {
  config: ScoreConfig
  answer: Answer
  onAnswer: (answer: Answer) => void
  /** Keys answer this question: digits are shown. */
  active?: boolean
}

/** One question of a review, with the control that fits it. */
export function ScoreInput({ config, answer, onAnswer, active = false }: Props) {
  return (
    <fieldset className="min-w-0 space-y-1">
      <legend className="flex w-full items-baseline gap-2 font-medium">
        <span className="truncate">{config.name}</span>
        {config.toExpected ? (
          <span className="text-xs font-normal text-ink-3">{t`becomes expected`}</span>
        ) : null}
      </legend>
      {config.description ? <MarkdownText text={config.description} className="text-s text-ink-3" /> : null}
      {config.type === 'slider' ? <Slider config={config} answer={answer} onAnswer={onAnswer} /> : null}
      {config.type === 'categorical' ? (
        <Choices config={config} answer={answer} onAnswer={onAnswer} active={active} />
      ) : null}
      {config.type === 'free-form' ? (
        <FreeText key={String(answer)} config={config} answer={answer} onAnswer={onAnswer} />
      ) : null}
    </fieldset>
  )
}

function Slider({ config, answer, onAnswer }: Props) {
  const value = typeof answer === 'number' ? answer : null
  const [draft, setDraft] = useState<number | null>(null)
  const shown = draft ?? value
  const commit = (): void => {
    if (draft !== null && draft !== value) onAnswer(draft)
    setDraft(null)
  }
  return (
    <div className="flex items-center gap-2">
      <input
        type="range"
        aria-label={config.name}
        min={0}
        max={1}
        step={0.01}
        value={shown ?? 0.5}
        onChange={(event) => setDraft(Number(event.target.value))}
        onPointerUp={commit}
        onKeyUp={commit}
        onBlur={commit}
        className={cx('min-w-0 flex-1 accent-[var(--accent)]', shown === null && 'opacity-50')}
      />
      <output className="w-10 text-right tabular-nums">{format.score(shown)}</output>
    </div>
  )
}

function Choices({ config, answer, onAnswer, active }: Props) {
  const chosen = Array.isArray(answer) ? answer : []
  return (
    <div className="flex flex-wrap gap-1.5">
      {config.choices.map(({ name }, i) => {
        const on = chosen.includes(name)
        return (
          <button
            key={name}
            type="button"
            aria-pressed={on}
            onClick={() => onAnswer(toggled(config, chosen, name))}
            className={cx(
              'flex min-h-7 items-center gap-1.5 rounded border px-2 max-sm:min-h-9',
              on ? 'border-accent bg-accent-soft text-accent' : 'border-line-strong hover:bg-sunken',
            )}
          >
            {active && i < 9 ? <Kbd>{i + 1}</Kbd> : null}
            {name}
          </button>
        )
      })}
    </div>
  )
}

/** The names chosen after one more click: choosing what is chosen takes it back. */
export function toggled(config: ScoreConfig, chosen: readonly string[], name: string): string[] {
  if (!config.multiple) return chosen.includes(name) ? [] : [name]
  return chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name]
}

/**
 * What a digit says to a question: fifths of a slider, the choice at that place. `done` when nothing more can be said.
 * Null when it says nothing.
 */
export function byDigit(
  question: ScoreConfig,
  before: Answer,
  digit: number,
): { answer: Answer; done: boolean } | null {
  if (question.type === 'slider') return digit <= 5 ? { answer: (digit - 1) / 4, done: true } : null
  const name = question.choices[digit - 1]?.name
  if (question.type !== 'categorical' || name === undefined) return null
  const answer = toggled(question, Array.isArray(before) ? before : [], name)
  return { answer, done: !question.multiple }
}

function FreeText({ config, answer, onAnswer }: Props) {
  const stored = typeof answer === 'string' ? answer : answer === null ? '' : JSON.stringify(answer)
  const [text, setText] = useState(stored)
  return (
    <textarea
      aria-label={config.name}
      value={text}
      rows={3}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        if (text !== stored) onAnswer(text.trim() || null)
      }}
      className="field w-full resize-y px-2 py-1"
    />
  )
}
