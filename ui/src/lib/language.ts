import { LANGUAGES, SOURCE, type Language } from '@/locales'
import { i18n, intl } from './i18n'
import { readPreference, writePreference } from './storage'

/** The language chosen in this browser; English where none is, or one that is not there any more. */
export function chosenLanguage(): Language {
  const name = readPreference<string>('language', SOURCE.name)
  return LANGUAGES.find((one) => one.name === name) ?? SOURCE
}

/** Speak the chosen language from now on. A catalogue that does not come is no reason to show nothing: English it is. */
export async function loadLanguage(): Promise<void> {
  const { name, load, numbers = name, dates = name } = chosenLanguage()
  if (!load) return
  try {
    const { messages } = await load()
    i18n.loadAndActivate({ locale: name, locales: numbers, messages })
    Object.assign(intl, { numbers, dates })
    document.documentElement.lang = name
  } catch {
    // the code itself says everything in English
  }
}

/** Take up another language: the page is loaded again, as the address holds all of its state. */
export function speak(name: string): void {
  writePreference('language', name)
  location.reload()
}
