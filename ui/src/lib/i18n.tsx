/**
 * What the macros of Lingui (`t`, `plural`, `<Trans>`) become calls of. It speaks English until `loadLanguage` has brought
 * another language, which is before anything is drawn and any page is loaded: a table in a page's module may say its words
 * where it is written. Only what main.tsx itself imports has to wait for a call; `npm run strings` names what does not.
 */
import { setupI18n } from '@lingui/core'
import { TransNoContext } from '@lingui/react/server'
import type { ComponentProps } from 'react'

/** Locales of `Intl`, for numbers and for dates. */
export const intl = { numbers: 'en-US', dates: 'en-GB' }

export const i18n = setupI18n({ locale: 'en', messages: { en: {} } })
// What the build leaves as text has nothing in it to parse.
i18n.setMessagesCompiler((message) => [message])

type TransProps = Pick<ComponentProps<typeof TransNoContext>, 'id' | 'message' | 'values' | 'components'>

/** What `<Trans>` becomes: a message with elements in it. */
export function Trans({ values, ...props }: TransProps) {
  return <TransNoContext {...props} {...(values ? { values: asData(values) } : {})} lingui={{ i18n }} />
}

const looksLikeOne = (value: unknown): boolean => typeof value === 'string' && value.includes('<')

/** Elements are found in the text after its values are in it: a value that looks like one is given as an element itself. */
function asData(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, looksLikeOne(value) ? <>{value}</> : value]),
  )
}
