import { createElement, lazy, useState, type ComponentType } from 'react'

export type Later<P> = ComponentType<P> & { load: () => Promise<unknown> }

/**
 * A component in a file of its own, fetched when it is shown or when `load` is called. One that is there already shows at
 * once: `lazy` alone would suspend all the same, and React holds back what comes after a fallback for 300 ms.
 */
export function loadLater<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
  let loaded: ComponentType<P> | null = null
  const once = memo(async () => (loaded = await load()))
  const Waiting = lazy(async () => ({ default: await once() }))
  function Part(props: P) {
    // For as long as it is mounted it stays what it was: another type would lose its state.
    const [Shown] = useState((): ComponentType<P> => loaded ?? (Waiting as ComponentType<P>))
    return createElement(Shown, props)
  }
  return Object.assign(Part, { load: once })
}

/** What tells that somebody is at the page. */
const SIGNS = ['pointermove', 'pointerdown', 'keydown'] as const

/**
 * Fetch parts that are not on show yet when somebody is at the page, and not before it had `ms` for what it loads itself.
 * An effect's body, which returns what calls it off.
 */
export function loadAhead(ms: number, ...parts: readonly { load: () => Promise<unknown> }[]): () => void {
  return whenAttended(ms, () => parts.forEach(inTurn))
}

let before: Promise<unknown> = Promise.resolve()

/** One after the other, each when the browser has nothing else to do: whoever came wants to do something now. */
function inTurn(part: { load: () => Promise<unknown> }): void {
  before = before
    .then(idle)
    .then(part.load)
    .catch(() => undefined)
}

function idle(): Promise<unknown> {
  const longest = { timeout: 300 }
  return new Promise((done) =>
    'requestIdleCallback' in window ? requestIdleCallback(done, longest) : setTimeout(done),
  )
}

/** Call `then` at the first sign of somebody at the page after `ms`; returns what calls it off. */
function whenAttended(ms: number, then: () => void): () => void {
  const over = new AbortController()
  const attended = (): void => {
    over.abort()
    then()
  }
  const timer = setTimeout(() => {
    const how = { signal: over.signal, capture: true, passive: true }
    for (const sign of SIGNS) addEventListener(sign, attended, how)
  }, ms)
  over.signal.addEventListener('abort', () => clearTimeout(timer))
  return () => over.abort()
}

/** Remember the promise of a load that worked; one that failed is tried again. */
function memo<T>(load: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | null = null
  return () => {
    started ??= load().catch((error: unknown) => {
      started = null
      throw error
    })
    return started
  }
}
