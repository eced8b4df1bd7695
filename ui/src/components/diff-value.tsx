import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMemo, useState } from 'react'
import { readable, unwrap, type Json } from '@/lib/json'
import { comparable, type Change } from '@/lib/json-diff'
import { Comparing, DiffText } from './diff-text'
import { LongText } from './in-steps'
import { useDiff } from './use-diff'

/** Changes drawn before the reader asks for more. */
const FIRST = 40

/** Text goes on behind the path. No flex box, no block: where lines are clamped, one that does not fit is left out whole. */
const INLINE = '[&>div]:inline [&>div>div:first-child]:inline'

/** What changed between two values: place by place where both have a structure, word by word where they are text. */
export function DiffValue({ before, after }: { before: Json | undefined; after: Json | undefined }) {
  const [then, now] = [unwrap(before), unwrap(after)]
  if (then !== undefined && now !== undefined && comparable(then, now))
    return <Structure before={then} after={now} />
  return <DiffText before={readable(then)} after={readable(now)} />
}

function Structure({ before, after }: { before: Json; after: Json }) {
  const task = useMemo(() => ({ kind: 'json', before, after }) as const, [before, after])
  const found = useDiff(task, readable(before).length + readable(after).length)
  const [most, setMost] = useState(FIRST)
  if (found instanceof Error)
    return (
      <span role="alert">
        <Trans>These could not be compared: {found.message}</Trans>
      </span>
    )
  if (found?.kind !== 'json') return <Comparing />
  const { changes } = found
  if (changes.length === 0) return <span className="text-ink-3">{t`only the order of fields differs`}</span>
  return (
    <div className="break-words whitespace-pre-wrap">
      {changes.slice(0, most).map((change) => (
        <div
          key={`${change.kind} ${change.path}`}
          data-change={change.kind}
          data-path={change.path}
          className={INLINE}
        >
          {change.path ? <span className="font-mono text-s break-all text-ink-3">{change.path} </span> : null}
          <OneChange change={change} />
        </div>
      ))}
      {changes.length > most ? (
        <button
          type="button"
          onClick={(event) => {
            event.stopPropagation()
            setMost(most * 8)
          }}
          className="text-xs text-accent hover:underline"
        >
          {plural(changes.length - most, { one: '# more change', other: '# more changes' })}
        </button>
      ) : null}
    </div>
  )
}

function OneChange({ change }: { change: Change }) {
  if (change.kind === 'changed' && typeof change.before === 'string' && typeof change.after === 'string')
    return <DiffText before={change.before} after={change.after} />
  return (
    <>
      {change.kind === 'added' ? null : (
        <del>
          <LongText text={textOf(change.before)} />
        </del>
      )}
      {change.kind === 'changed' ? ' ' : null}
      {change.kind === 'removed' ? null : (
        <ins>
          <LongText text={textOf(change.after)} />
        </ins>
      )}
    </>
  )
}

/** A list or record on one line; an empty text is seen by its quotes. */
function textOf(value: Json): string {
  return typeof value === 'string' && value ? value : JSON.stringify(value)
}
