import type { Messages } from '@lingui/core'

export type Language = {
  /** BCP 47; also what `<html lang>` says. */
  name: string
  /** What its speakers call it. */
  called: string
  /** Locales of `Intl`, where they differ from `name`. */
  numbers?: string
  dates?: string
  load?: () => Promise<{ messages: Messages }>
  /** Not offered, but for translators and tests. */
  hidden?: boolean
}

/** The language of the code. */
export const SOURCE: Language = { name: 'en', called: 'English' }

/** The languages there are. A new one is a line here and a PO file beside it. */
export const LANGUAGES: readonly Language[] = [
  SOURCE,
  {
    name: 'en-XA',
    called: 'Pseudo',
    numbers: 'en-US',
    dates: 'en-GB',
    load: () => import('virtual:pseudo-catalogue'),
    hidden: true,
  },
]
