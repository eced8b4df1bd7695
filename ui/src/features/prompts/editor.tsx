import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Plus, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { newId } from '@/lib/id'
import { Field, LINE, Problem } from '@/components/field'
import { ROLES, type Choice, type Draft, type DraftMessage, type Problems } from './stored'

type Props = {
  draft: Draft
  problems: Problems
  readOnly: boolean
  onChange: (changes: Partial<Draft>) => void
}

const AREA = 'field block w-full resize-y px-2 py-1.5'
const MONO = 'font-mono text-[11.5px]/[17px]'

/** Everything of a prompt or a judge that people edit. */
export function StoredEditor({ draft, problems, readOnly, onChange }: Props) {
  return (
    <div className="max-w-3xl space-y-4">
      <div className="grid gap-3 sm:grid-cols-2">
        <Labelled label={t`Name`} problem={problems.name}>
          <input
            className={LINE}
            value={draft.name}
            readOnly={readOnly}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        </Labelled>
        <Labelled label={t`Slug`} problem={problems.slug}>
          <input
            className={`${LINE} font-mono`}
            value={draft.slug}
            readOnly={readOnly}
            onChange={(event) => onChange({ slug: event.target.value })}
          />
        </Labelled>
      </div>
      <Labelled label={t`Description`}>
        <input
          className={LINE}
          value={draft.description}
          readOnly={readOnly}
          onChange={(event) => onChange({ description: event.target.value })}
        />
      </Labelled>
      {draft.kind === 'none' ? null : (
        <>
          {draft.kind === 'completion' ? (
            <Labelled label={t`Text`}>
              <textarea
                className={AREA}
                rows={rowsOf(draft.content)}
                value={draft.content}
                readOnly={readOnly}
                onChange={(event) => onChange({ content: event.target.value })}
              />
            </Labelled>
          ) : (
            <Messages
              messages={draft.messages}
              problem={problems.messages}
              readOnly={readOnly}
              onChange={(messages) => onChange({ messages })}
            />
          )}
          {draft.choices ? (
            <Choices
              choices={draft.choices}
              cot={draft.cot}
              problem={problems.choices}
              readOnly={readOnly}
              onChange={onChange}
            />
          ) : null}
          <Labelled label={t`Model`}>
            <input
              className={`${LINE} font-mono text-s`}
              value={draft.model}
              readOnly={readOnly}
              placeholder="gpt-5-mini"
              onChange={(event) => onChange({ model: event.target.value })}
            />
          </Labelled>
          <Json
            label={t`Parameters`}
            hint={'{ "temperature": 0 }'}
            text={draft.params}
            problem={problems.params}
            readOnly={readOnly}
            onText={(params) => onChange({ params })}
          />
          {draft.kind === 'chat' && !draft.choices ? (
            <Json
              label={t`Tools`}
              hint={'[{ "type": "function", "function": { "name": "search" } }]'}
              text={draft.tools}
              problem={problems.tools}
              readOnly={readOnly}
              onText={(tools) => onChange({ tools })}
            />
          ) : null}
        </>
      )}
    </div>
  )
}

function rowsOf(text: string): number {
  return Math.min(24, Math.max(3, text.split('\n').length + 1))
}

type LabelledProps = { label: string; problem?: string | undefined; children: ReactNode }

function Labelled({ label, problem, children }: LabelledProps) {
  return (
    <div>
      <Field label={label}>{children}</Field>
      <Problem text={problem} className="mt-1" />
    </div>
  )
}

type JsonProps = {
  label: string
  hint: string
  text: string
  problem: string | undefined
  readOnly: boolean
  onText: (text: string) => void
}

function Json({ label, hint, text, problem, readOnly, onText }: JsonProps) {
  return (
    <Labelled label={label} problem={problem}>
      <textarea
        className={cx(AREA, MONO, problem && '!border-worse')}
        rows={rowsOf(text)}
        value={text}
        readOnly={readOnly}
        placeholder={hint}
        spellCheck={false}
        onChange={(event) => onText(event.target.value)}
      />
    </Labelled>
  )
}

type MessagesProps = {
  messages: DraftMessage[]
  problem: string | undefined
  readOnly: boolean
  onChange: (messages: DraftMessage[]) => void
}

function Messages({ messages, problem, readOnly, onChange }: MessagesProps) {
  const edit = (key: string, changes: Partial<DraftMessage>): void =>
    onChange(messages.map((message) => (message.key === key ? { ...message, ...changes } : message)))
  return (
    <fieldset>
      <legend className="mb-1 text-s font-medium">{t`Messages`}</legend>
      <ol className="space-y-2">
        {messages.map(({ key, role, text, json, rest }, i) => (
          <li
            key={key}
            className="overflow-hidden rounded-l border border-line-strong focus-within:border-accent focus-within:ring-1 focus-within:ring-accent"
          >
            <header className="flex h-8 items-center gap-2 border-b border-line bg-panel px-2">
              <select
                aria-label={t`Role of message ${i + 1}`}
                value={role}
                disabled={readOnly}
                onChange={(event) => edit(key, { role: event.target.value })}
                className="field h-6 px-1 text-s"
              >
                {[...new Set([...ROLES, role])].map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
              {json ? <span className="text-xs text-ink-3">{t`parts, as JSON`}</span> : null}
              {Object.keys(rest).length ? (
                <span className="min-w-0 truncate text-xs text-ink-3" title={JSON.stringify(rest)}>
                  <Trans>with {Object.keys(rest).join(', ')}</Trans>
                </span>
              ) : null}
              <span className="flex-1" />
              {readOnly ? null : (
                <Button
                  variant="ghost"
                  icon={<Trash2 size={13} aria-hidden />}
                  aria-label={t`Remove message ${i + 1}`}
                  className="!h-6"
                  onClick={() => onChange(messages.filter((message) => message.key !== key))}
                />
              )}
            </header>
            <textarea
              aria-label={t`Message ${i + 1}`}
              className={cx('block w-full resize-y bg-bg px-2.5 py-2 outline-none', json && MONO)}
              rows={rowsOf(text)}
              value={text}
              readOnly={readOnly}
              spellCheck={!json}
              onChange={(event) => edit(key, { text: event.target.value })}
            />
          </li>
        ))}
      </ol>
      <Problem text={problem} />
      {readOnly ? null : (
        <Button
          className="mt-2"
          icon={<Plus size={13} aria-hidden />}
          onClick={() =>
            onChange([...messages, { key: newId(), role: 'user', text: '', json: false, rest: {} }])
          }
        >
          {t`Message`}
        </Button>
      )}
    </fieldset>
  )
}

type ChoicesProps = {
  choices: Choice[]
  cot: boolean
  problem: string | undefined
  readOnly: boolean
  onChange: (changes: Partial<Draft>) => void
}

function Choices({ choices, cot, problem, readOnly, onChange }: ChoicesProps) {
  const edit = (key: string, changes: Partial<Choice>): void =>
    onChange({ choices: choices.map((choice) => (choice.key === key ? { ...choice, ...changes } : choice)) })
  return (
    <fieldset>
      <legend className="mb-1 text-s font-medium">{t`Choices and their scores`}</legend>
      <ol className="space-y-1.5">
        {choices.map(({ key, label, score }, i) => (
          <li key={key} className="flex items-center gap-2">
            <input
              aria-label={t`Choice ${i + 1}`}
              className={`${LINE} min-w-0 flex-1`}
              value={label}
              readOnly={readOnly}
              onChange={(event) => edit(key, { label: event.target.value })}
            />
            <input
              aria-label={t`Score of choice ${i + 1}`}
              className={`${LINE} !w-28 text-right tabular-nums`}
              value={score}
              inputMode="decimal"
              placeholder={t`no score`}
              readOnly={readOnly}
              onChange={(event) => edit(key, { score: event.target.value })}
            />
            {readOnly ? null : (
              <Button
                variant="ghost"
                icon={<Trash2 size={13} aria-hidden />}
                aria-label={t`Remove choice ${i + 1}`}
                onClick={() => onChange({ choices: choices.filter((choice) => choice.key !== key) })}
              />
            )}
          </li>
        ))}
      </ol>
      <Problem text={problem} />
      <div className="mt-2 flex items-center gap-4">
        {readOnly ? null : (
          <Button
            icon={<Plus size={13} aria-hidden />}
            onClick={() => onChange({ choices: [...choices, { key: newId(), label: '', score: '' }] })}
          >
            {t`Choice`}
          </Button>
        )}
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="accent-accent"
            checked={cot}
            disabled={readOnly}
            onChange={(event) => onChange({ cot: event.target.checked })}
          />
          {t`Reasons before the choice`}
        </label>
      </div>
    </fieldset>
  )
}
