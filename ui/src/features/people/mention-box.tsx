import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { handleOf, matching, nameOf, peopleQuery, type Person } from '@/api/people'
import { cx } from '@/lib/cx'
import type { Source } from '@/lib/sql'

type Props = {
  from: Source
  objectId: string
  value: string
  onChange: (text: string) => void
  onSend: () => void
}

const MOST = 6

/** The word after an @ that ends where the caret is; null when none is being typed. */
export function typedMention(text: string, caret: number): string | null {
  return /(?:^|[^\w@.])@([\w.+-]*)$/.exec(text.slice(0, caret))?.[1] ?? null
}

/** The field of a comment; `@` offers the people who may read what is commented on. */
export function MentionBox({ from, objectId, value, onChange, onSend }: Props) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [typed, setTyped] = useState<string | null>(null)
  const [at, setAt] = useState(0)
  const { data: people } = useQuery({ ...peopleQuery(from, objectId), enabled: typed !== null })
  const offered = typed === null ? [] : matching(people ?? [], typed).slice(0, MOST)
  const now = offered[Math.min(at, offered.length - 1)]
  const look = (): void => {
    const element = field.current
    setTyped(element ? typedMention(element.value, element.selectionStart) : null)
    setAt(0)
  }
  const take = (person: Person): void => {
    const element = field.current
    if (!element || typed === null) return
    const begin = element.selectionStart - typed.length
    const text = `${handleOf(person, people ?? [])} `
    onChange(element.value.slice(0, begin) + text + element.value.slice(element.selectionStart))
    setTyped(null)
    requestAnimationFrame(() => {
      element.focus()
      element.setSelectionRange(begin + text.length, begin + text.length)
    })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) return onSend()
    if (!now) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) setAt((at + step + offered.length) % offered.length)
    else if (event.key === 'Enter' || event.key === 'Tab') take(now)
    else if (event.key === 'Escape') setTyped(null)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="relative w-full">
      <textarea
        ref={field}
        aria-label={t`Comment`}
        placeholder={t`Comment, @ mentions somebody`}
        value={value}
        rows={1}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={offered.length > 0}
        aria-controls={id}
        aria-activedescendant={now ? `${id}-${now.id}` : undefined}
        onChange={(event) => {
          onChange(event.target.value)
          look()
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setTyped(null)}
        className="field field-sizing-content min-h-7 w-full resize-none px-2 py-1"
      />
      <div
        id={id}
        role="listbox"
        aria-label={t`People`}
        className={cx('pop absolute bottom-full left-0 z-20 mb-1 w-72 max-w-full p-1', !now && 'hidden')}
      >
        {offered.map((person) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the keys
          <div
            key={person.id}
            id={`${id}-${person.id}`}
            role="option"
            aria-selected={person === now}
            onMouseDown={(event) => {
              event.preventDefault()
              take(person)
            }}
            className={cx('truncate rounded px-2 py-1', person === now && 'bg-sunken')}
          >
            {nameOf(person)} <span className="text-ink-3">{person.email}</span>
          </div>
        ))}
      </div>
    </div>
  )
}
