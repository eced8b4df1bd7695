import { useEffect, type RefObject } from 'react'

const NAME = 'found'
const MOST = 2000

/** The words that `search('…')` looks for, in a text of words or in predicates. */
export function searchedWords(words: string | undefined, filters: readonly string[] = []): string[] {
  const searched = filters.flatMap((sql) =>
    [...sql.matchAll(/(?:\bsearch\s*\(\s*|\bmatch\s+)'((?:[^']|'')*)'/gi)].map((match) => match[1]!),
  )
  const all = [words ?? '', ...searched].join(' ').match(/[\p{L}\p{N}_]+/gu) ?? []
  return [...new Set(all.map((word) => word.toLowerCase()))]
}

/** Where whole words occur in a text, whatever their case. */
export function occurrences(text: string, words: readonly string[]): [start: number, end: number][] {
  if (!words.length) return []
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words.join('|')})(?![\\p{L}\\p{N}_])`, 'giu')
  return [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length])
}

/**
 * Marks words wherever they stand below an element, now and as it changes. The browser paints the marks over the text
 * (CSS custom highlights): what is shown stays as it is, and no component has to know.
 */
export function useHighlight(box: RefObject<HTMLElement | null>, words: readonly string[]): void {
  const key = words.join(' ')
  useEffect(() => {
    const element = box.current
    if (!element || !key || typeof Highlight === 'undefined') return undefined
    const paint = (): void => {
      CSS.highlights.set(NAME, new Highlight(...rangesIn(element, key.split(' '))))
    }
    let frame = requestAnimationFrame(paint)
    const watcher = new MutationObserver(() => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(paint)
    })
    watcher.observe(element, { childList: true, characterData: true, subtree: true })
    return () => {
      watcher.disconnect()
      cancelAnimationFrame(frame)
      CSS.highlights.delete(NAME)
    }
  }, [box, key])
}

/** Headings name things; what was found is in the content. */
const HEADINGS = '[role=columnheader], header, label, select, [data-testid=logs-count]'

function rangesIn(element: HTMLElement, words: readonly string[]): Range[] {
  const out: Range[] = []
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node && out.length < MOST; node = walker.nextNode()) {
    const found = occurrences(node.nodeValue ?? '', words)
    if (!found.length || node.parentElement?.closest(HEADINGS)) continue
    for (const [start, end] of found) {
      const range = new Range()
      range.setStart(node, start)
      range.setEnd(node, end)
      out.push(range)
    }
  }
  return out
}
