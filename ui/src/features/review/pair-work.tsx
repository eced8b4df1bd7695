import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { meQuery } from '@/api/objects'
import { Kbd } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { useHotkeys } from '@/lib/hotkeys'
import { toText } from '@/lib/json'
import { Field, Payload } from '../traces/payload'
import type { Act } from './queue-work'
import { STRENGTHS, type Content, type Item, type Queue, type Side } from './queues'
import { WorkFooter } from './single-work'
import { CommentField, TagField } from './tag-field'

type Props = { item: Item; content: (Content | null)[]; queue: Queue; act: Act }

/** Two outputs side by side. Arrows or `a`, `b`, `e` choose (equal: a tie), digits say how much, Enter hands in. */
export function PairWork({ item, content, queue, act }: Props) {
  const { data: me } = useQuery(meQuery)
  const before = item.reviews.find((review) => review.user_id === me?.user.id)
  const [side, setSide] = useState<Side | null>(before?.preference ?? null)
  const [strength, setStrength] = useState<number | null>(before?.strength ?? null)
  const [tags, setTags] = useState<string[]>(before?.tags ?? [])
  const [comment, setComment] = useState(before?.comment ?? '')
  const submit = (): void => {
    if (side)
      void act('answer', { preference: side, strength: side === 'tie' ? null : strength, tags, comment })
  }
  const choose = (next: Side): void => {
    if (next === side) submit()
    else setSide(next)
  }
  useHotkeys({
    ArrowLeft: () => choose('left'),
    ArrowRight: () => choose('right'),
    ArrowDown: () => choose('tie'),
    a: () => choose('left'),
    b: () => choose('right'),
    e: () => choose('tie'),
    1: () => setStrength(1),
    2: () => setStrength(2),
    3: () => setStrength(3),
    Enter: submit,
    s: () => void act('skip'),
  })
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="min-h-0 flex-1 space-y-2.5 overflow-y-auto p-3.5 max-md:overflow-visible">
        <Payload name="input" title={t`Input`} value={content.find(Boolean)?.input} />
        <PairContent content={content} titles={[t`Left`, t`Right`]} chosen={side} />
        <Payload name="expected" title={t`Expected`} value={content.find(Boolean)?.expected} />
      </div>
      <div className="border-t border-line">
        <div className="grid grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)] items-start gap-4 px-3 py-2 max-md:flex max-md:flex-col max-md:items-stretch max-md:gap-2.5">
          <div className="space-y-2">
            <SideChoice side={side} onChoose={setSide} keys />
            <StrengthChoice side={side} strength={strength} onChoose={setStrength} keys />
          </div>
          <TagField allowed={queue.tags} tags={tags} onChange={setTags} />
          <CommentField value={comment} onChange={setComment} />
        </div>
        <WorkFooter
          hint={side ? t`ready` : t`choose the better one`}
          ready={side !== null}
          onSubmit={submit}
          onSkip={() => void act('skip')}
        />
      </div>
    </div>
  )
}

const SIDES = [
  { side: 'left', label: t`Left is better`, keys: ['←', 'a'] },
  { side: 'tie', label: t`Tie`, keys: ['↓', 'e'] },
  { side: 'right', label: t`Right is better`, keys: ['→', 'b'] },
] as const

type SideProps = { side: Side | null; onChoose: (side: Side) => void; keys?: boolean }

/** Left, tie or right; `keys` shows those that choose it. */
export function SideChoice({ side, onChoose, keys = false }: SideProps) {
  return (
    <div role="group" aria-label={t`Which is better`} className="flex flex-wrap gap-1.5">
      {SIDES.map((one) => (
        <Button key={one.side} active={side === one.side} onClick={() => onChoose(one.side)}>
          {keys ? one.keys.map((key) => <Kbd key={key}>{key}</Kbd>) : null}
          {one.label}
        </Button>
      ))}
    </div>
  )
}

type StrengthProps = {
  side: Side | null
  strength: number | null
  onChoose: (strength: number | null) => void
  keys?: boolean
}

export function StrengthChoice({ side, strength, onChoose, keys = false }: StrengthProps) {
  const off = side === null || side === 'tie'
  return (
    <div role="group" aria-label={t`How much better`} className="flex flex-wrap gap-1.5">
      {STRENGTHS.map((label, i) => (
        <Button
          key={label}
          active={!off && strength === i + 1}
          disabled={off}
          onClick={() => onChoose(strength === i + 1 ? null : i + 1)}
        >
          {keys ? <Kbd>{i + 1}</Kbd> : null}
          {label}
        </Button>
      ))}
    </div>
  )
}

type ContentProps = { content: (Content | null)[]; titles: [string, string]; chosen: Side | null }

export function PairContent({ content, titles, chosen }: ContentProps) {
  return (
    <div className="grid grid-cols-2 gap-2.5 max-md:grid-cols-1">
      {(['left', 'right'] as const).map((side, i) => {
        const one = content[i]
        return (
          <section
            key={side}
            aria-label={titles[i]}
            className={cx('min-w-0 rounded-l', chosen === side && 'ring-2 ring-accent')}
          >
            {one && one.error != null ? (
              <Field title={t`${titles[i]!}: error`} tone="worse">
                <pre className="p-2.5 font-mono text-s break-words whitespace-pre-wrap text-worse">
                  {toText(one.error)}
                </pre>
              </Field>
            ) : null}
            {one ? (
              <Payload
                name="output"
                title={titles[i]!}
                value={one.output ?? (one.error == null ? '' : null)}
              />
            ) : (
              <p className="rounded-l border border-line p-2.5 text-ink-2">
                {t`The row was deleted. Skip the pair.`}
              </p>
            )}
          </section>
        )
      })}
    </div>
  )
}
