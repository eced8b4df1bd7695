import { useSyncExternalStore } from 'react'

/** What this browser remembers: theme, time zone, column widths, recent pages, open queries. Never rows, never credentials. */

const listeners = new Set<() => void>()
const memory = new Map<string, string | null>()

function read(key: string): string | null {
  if (!memory.has(key)) {
    try {
      memory.set(key, localStorage.getItem(`assay.${key}`))
    } catch {
      memory.set(key, null) // storage can be switched off; the preference then lasts as long as the page
    }
  }
  return memory.get(key) ?? null
}

export function readPreference<T>(key: string, fallback: T): T {
  const text = read(key)
  if (text === null) return fallback
  try {
    return JSON.parse(text) as T
  } catch {
    return fallback
  }
}

export function writePreference(key: string, value: unknown): void {
  const text = JSON.stringify(value)
  memory.set(key, text)
  try {
    localStorage.setItem(`assay.${key}`, text)
  } catch {
    // see read()
  }
  for (const notify of listeners) notify()
}

/** A preference and its setter; every component showing it re-renders on change. */
export function usePreference<T>(key: string, fallback: T): [T, (value: T) => void] {
  const text = useSyncExternalStore(subscribe, () => read(key))
  const value = text === null ? fallback : readPreference(key, fallback)
  return [value, (next) => writePreference(key, next)]
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  return () => listeners.delete(notify)
}
