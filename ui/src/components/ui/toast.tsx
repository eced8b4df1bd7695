/** Messages to the reader. What shows them is fetched ahead, or with the first of them, which waits for it. */
import { Suspense, useEffect, useState } from 'react'
import { loadAhead, loadLater } from '@/lib/load-later'

const Toaster = loadLater(async () => (await import('./toaster')).Toaster)
const AFTER_MS = 700

export type Message = {
  title: string
  description?: string
  type?: 'error'
  /** Milliseconds until it goes; 0 stays until closed. */
  timeout: number
  priority?: 'high'
  actionProps?: { children: string; onClick: () => void }
}

const waiting: Message[] = []
let fetchToaster = (): void => undefined
let show = (message: Message): unknown => {
  waiting.push(message)
  return fetchToaster()
}

/** Say that something was done, with an optional next step. */
export function notify(title: string, action?: { label: string; run: () => void }): void {
  show({
    title,
    timeout: action ? 12_000 : 6000, // a next step has to be read, and reached
    ...(action ? { actionProps: { children: action.label, onClick: action.run } } : {}),
  })
}

/** Say that something failed; stays until closed. */
export function notifyError(title: string, error: unknown): void {
  const description = error instanceof Error ? error.message : String(error)
  show({ title, description, type: 'error', timeout: 0, priority: 'high' })
}

/** From now on messages go to `next`, those that wait first. */
export function showWith(next: (message: Message) => unknown): void {
  show = next
  for (const message of waiting.splice(0)) next(message)
}

export function Messages() {
  const [wanted, setWanted] = useState(false)
  useEffect(() => {
    fetchToaster = () => setWanted(true)
    if (waiting.length) fetchToaster()
    return loadAhead(AFTER_MS, { load: () => Toaster.load().then(fetchToaster) })
  }, [])
  return <Suspense>{wanted ? <Toaster /> : null}</Suspense>
}
