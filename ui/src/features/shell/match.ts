/** Whether every word typed occurs in the text, in any order and case. */
export function matches(words: string, text: string): boolean {
  const haystack = text.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => haystack.includes(word))
}
