import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Search } from 'lucide-react'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Spotlight } from '@/components/ui/dialog'
import { cx } from '@/lib/cx'
import { matches } from './match'
import { useEntries, type Entry } from './palette-entries'

const MOST = 40

/** ⌘K: go anywhere, do anything that has a name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const entries = useEntries()
  const found = useMemo(
    () => entries.filter(({ label, kind }) => matches(words, `${label} ${kind}`)).slice(0, MOST),
    [entries, words],
  )
  const index = Math.min(at, Math.max(0, found.length - 1))

  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' })
  }, [index])

  function choose(entry: Entry | undefined): void {
    if (!entry) return
    onClose()
    entry.run()
  }

  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step && found.length) {
      event.preventDefault()
      setAt((index + step + found.length) % found.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      choose(found[index])
    }
  }

  return (
    <Spotlight open onClose={onClose} label={t`Find anything`}>
      <div className="flex h-11 items-center gap-2.5 border-b border-line px-3.5">
        <Search size={15} aria-hidden className="text-ink-3" />
        <input
          autoFocus
          value={words}
          onChange={(event) => {
            setWords(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKey}
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={found[index] ? `palette-${found[index].id}` : undefined}
          aria-label={t`Find a page, experiment, dataset, prompt, queue, project or action`}
          placeholder={t`Find a page, experiment, dataset, prompt, queue, project or action`}
          className="h-full flex-1 bg-transparent outline-none placeholder:text-ink-3"
        />
      </div>
      <div
        ref={list}
        id="palette-list"
        role="listbox"
        aria-label={t`Results`}
        className="max-h-[min(24rem,60vh)] overflow-y-auto p-1"
      >
        {found.map((entry, i) => (
          <div
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={i === index}
            onMouseMove={() => setAt(i)}
            onClick={() => choose(entry)}
            className={cx(
              'flex h-8 cursor-default items-center gap-2.5 rounded px-2.5 max-sm:h-10',
              i === index && 'bg-sunken',
            )}
          >
            <entry.icon size={14} aria-hidden className="shrink-0 text-ink-3" />
            <span className="min-w-0 flex-1 truncate">{entry.label}</span>
            <span className="shrink-0 text-xs text-ink-3">{entry.kind}</span>
          </div>
        ))}
        {found.length === 0 ? (
          <p className="px-3 py-6 text-center text-ink-3">
            <Trans>Nothing is called “{words}”</Trans>
          </p>
        ) : null}
      </div>
    </Spotlight>
  )
}
