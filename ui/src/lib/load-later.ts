import { lazy, type ComponentType } from 'react'

/** Quiet time after which parts that are not on show yet are fetched. */
const SETTLED_MS = 700

/** A component in a file of its own: fetched shortly after the page is up, or at once when it is needed sooner. */
export function loadLater<P>(load: () => Promise<ComponentType<P>>) {
  const once = memo(load)
  const Component = lazy(async () => ({ default: await once() }))
  const prefetch = (): (() => void) => {
    const timer = setTimeout(() => void once().catch(() => undefined), SETTLED_MS)
    return () => clearTimeout(timer)
  }
  return [Component, prefetch] as const
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
