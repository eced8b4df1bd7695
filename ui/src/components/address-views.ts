/** Views that keep a part of the address: how a list is filtered and shown, under a name. */
import { useEffect } from 'react'
import type { View, ViewsOf } from '@/api/views'
import { parseSearch, stringifySearch } from '@/lib/address'
import { useStable } from '@/lib/use-stable'
import { useViews } from './views'

type Shown = Record<string, unknown>

/** The part of an address that a view keeps, as text. */
export function keptOf<T extends Shown>(search: T, kept: (raw: Shown) => T): string {
  return stringifySearch(kept(search))
}

/** What a view shows. Views may be written by anyone with the API: what is not understood is left out. */
export function shownBy<T extends Shown>({ options: { address } }: View, kept: (raw: Shown) => T): T {
  return kept(parseSearch(typeof address === 'string' ? address : ''))
}

/** Where an address names the view on show. */
type Key = 'v' | 'view'

/**
 * The views of a page whose address is `search`, of which `kept` picks what a view keeps. A view that the reader or the
 * project opens with takes the place of an address that says nothing.
 */
export function useAddressViews<T extends Shown>(
  of: ViewsOf,
  search: T & { [key in Key]?: string },
  kept: (raw: Shown) => T,
  go: (search: T & { [key in Key]?: string }, replace: boolean) => void,
  { key = 'v', personal = true }: { key?: Key; personal?: boolean } = {},
) {
  const show = (view: View | undefined, replace: boolean): void => {
    const named = view ? { [key]: view.id } : state.preferred ? { [key]: 'none' } : {}
    go({ ...(view ? shownBy(view, kept) : {}), ...named } as T, replace)
  }
  const choose = useStable((view: View | undefined) => show(view, false))
  const state = useViews(of, search[key], choose, personal)
  const { current, preferred, known } = state
  const bare = stringifySearch(search) === ''
  const opening = useStable((view: View) => show(view, true))
  useEffect(() => {
    if (bare && preferred) opening(preferred)
  }, [bare, preferred, opening])
  const address = keptOf<T>(search, kept)
  return {
    state,
    choose,
    /** It is not known yet what the page is to show. */
    waiting: bare && (!known || preferred !== undefined),
    changed: current !== null && address !== keptOf(shownBy(current, kept), kept),
    address,
  }
}

export type AddressViews = ReturnType<typeof useAddressViews>
