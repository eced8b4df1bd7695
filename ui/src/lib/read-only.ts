import { createContext, use } from 'react'

/** True below the page of a shared link: what is shown can be read, and nothing be done to it. */
export const ReadOnlyContext = createContext(false)

export function useReadOnly(): boolean {
  return use(ReadOnlyContext)
}
