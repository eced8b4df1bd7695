import { useEffect, useRef } from 'react'

/** Keys by name: 'j', 'Enter', '?', 'mod+k' (⌘ on a Mac, Ctrl elsewhere), 'g l' (one after the other). */
export type Bindings = Record<string, (event: KeyboardEvent) => void>

type Layer = { bindings: Bindings }
const layers: Layer[] = []
let pending: { key: string; at: number } | null = null

/** Bind keys while the component is mounted. The layer mounted last wins; typing in a field only lets mod-keys and Escape through. */
export function useHotkeys(bindings: Bindings, active = true): void {
  const latest = useRef(bindings)
  useEffect(() => {
    latest.current = bindings
  })
  useEffect(() => {
    if (!active) return undefined
    const layer: Layer = {
      get bindings() {
        return latest.current
      },
    }
    if (layers.length === 0) window.addEventListener('keydown', dispatch)
    layers.push(layer)
    return () => {
      layers.splice(layers.indexOf(layer), 1)
      if (layers.length === 0) window.removeEventListener('keydown', dispatch)
    }
  }, [active])
}

function dispatch(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const target = event.target instanceof HTMLElement ? event.target : null
  const modified = event.metaKey || event.ctrlKey
  if (target?.closest('[role="dialog"], [role="menu"], [role="listbox"]') && !modified) return
  if (
    target?.closest('input:not([type="checkbox"]), textarea, select, [contenteditable="true"]') &&
    !modified
  )
    return
  // Enter and space belong to the focused control.
  if ((event.key === 'Enter' || event.key === ' ') && target?.closest('button, a, [role="button"], input'))
    return
  const key = modified ? `mod+${event.key.toLowerCase()}` : event.key
  const sequence = pending && event.timeStamp - pending.at < 900 ? `${pending.key} ${key}` : null
  pending = null
  for (const name of sequence ? [sequence, key] : [key]) {
    const handler = layers.findLast((layer) => layer.bindings[name])?.bindings[name]
    if (!handler) continue
    event.preventDefault()
    handler(event)
    return
  }
  if (
    !modified &&
    layers.some((layer) => Object.keys(layer.bindings).some((name) => name.startsWith(`${key} `)))
  ) {
    pending = { key, at: event.timeStamp }
  }
}

export const MOD =
  typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl '
