import { t } from '@lingui/core/macro'
import { Search } from 'lucide-react'
import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { Kbd } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { useHotkeys } from '@/lib/hotkeys'
import { suggestions, type Suggestion } from './suggestions'

type Props = {
  placeholder: string
  /** Paths to complete, most useful first. */
  fields: readonly string[]
  draft: string
  onDraft: (text: string) => void
  onFilter: (sql: string) => void
  onSearch: (words: string) => void
  /** Backspace in the empty box. */
  onPop: () => void
}

/** One box for both: words to look for, or a SQL predicate. What Enter will do is always written below it. */
export function SearchBox({ placeholder, fields, draft, onDraft, onFilter, onSearch, onPop }: Props) {
  const [focused, setFocused] = useState(false)
  const [at, setAt] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const listId = useId()
  const options = suggestions(draft, fields)
  const open = focused && options.length > 0
  const index = Math.min(at, Math.max(0, options.length - 1))
  useHotkeys({ '/': () => input.current?.focus() })

  function choose(option: Suggestion | undefined): void {
    if (!option) return
    setAt(0)
    if (option.kind === 'field') {
      onDraft(option.text)
      return
    }
    onDraft('')
    if (option.kind === 'filter') onFilter(option.text)
    else onSearch(option.text)
  }

  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step && options.length) {
      event.preventDefault()
      setAt((index + step + options.length) % options.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(options[index])
    } else if (event.key === 'Tab' && options[index]?.kind === 'field') {
      event.preventDefault()
      choose(options[index])
    } else if (event.key === 'Escape') {
      input.current?.blur()
    } else if (event.key === 'Backspace' && draft === '') {
      onPop()
    }
  }

  return (
    <div className="relative min-w-48 flex-1 max-sm:order-last max-sm:basis-[55%]">
      <Search
        size={14}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3"
      />
      <input
        ref={input}
        value={draft}
        onChange={(event) => {
          onDraft(event.target.value)
          setAt(0)
        }}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onKeyDown={onKey}
        role="combobox"
        aria-label={t`Search text or filter`}
        aria-expanded={open}
        aria-controls={listId}
        aria-activedescendant={open ? `${listId}-${index}` : undefined}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        className="field h-7 w-full pr-8 pl-8 placeholder:text-ink-3 max-sm:h-9"
      />
      {focused ? null : (
        <span className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2">
          <Kbd>/</Kbd>
        </span>
      )}
      <div
        id={listId}
        role="listbox"
        aria-label={t`What Enter does`}
        hidden={!open}
        className="pop absolute top-full right-0 left-0 z-30 mt-1 p-1"
      >
        {options.map((option, i) => (
          <div
            key={`${option.kind}-${option.text}`}
            id={`${listId}-${i}`}
            role="option"
            aria-selected={i === index}
            onMouseDown={(event) => {
              event.preventDefault()
              choose(option)
            }}
            onMouseMove={() => setAt(i)}
            className={cx(
              'flex min-h-7 cursor-default items-center gap-2 rounded px-2 py-0.5',
              i === index && 'bg-sunken',
            )}
          >
            <span className="w-20 shrink-0 text-xs text-ink-3">{LABELS[option.kind]}</span>
            <span className={cx('min-w-0 flex-1 truncate', option.kind !== 'search' && 'font-mono text-s')}>
              {option.text}
            </span>
            {i === index ? <Kbd>↵</Kbd> : null}
          </div>
        ))}
      </div>
    </div>
  )
}

const LABELS: Record<Suggestion['kind'], string> = {
  filter: t`Filter by`,
  search: t`Search text`,
  field: 'Field',
}
