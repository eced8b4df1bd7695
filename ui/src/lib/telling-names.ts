/** Names without the words they all begin with, so that what tells them apart is seen first. */
export function tellingNames(names: readonly string[]): string[] {
  const words = names.map((name) => name.split(/(?<=[\s_/.:-])/))
  let shared = 0
  while (
    words.length > 1 &&
    words.every((one) => one.length > shared + 1 && one[shared] === words[0]![shared])
  )
    shared++
  return shared ? words.map((one) => `…${one.slice(shared).join('')}`) : [...names]
}
