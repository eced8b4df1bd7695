import { useCallback, useLayoutEffect, useRef } from 'react'

/** A callback whose identity never changes and which always runs the newest function given. */
export function useStable<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  const latest = useRef(fn)
  useLayoutEffect(() => {
    latest.current = fn
  })
  return useCallback((...args: A) => latest.current(...args), [])
}
