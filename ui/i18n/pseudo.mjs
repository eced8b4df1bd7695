/** The pseudo-language: English with accents, about a third longer. What stays plain in it was never to be translated. */
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage'
import PO from 'pofile'
import { keyOf } from './macros.mjs'

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const MARKED = 'àƀçđéƒĝĥîĵķļɱñôþɋŕšţûṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶĻṀÑÔÞɊŔŠŢÛṼŴẊÝŽ'
const ACCENTS = new Map([...PLAIN].map((letter, at) => [letter, [...MARKED][at]]))

/** "Delete the row" → "Đéļéţéé ţĥéé ŕôôŵ"; tags stay. */
export function accented(text) {
  return text.replace(/<\/?\d+\/?>|[^<]+|</g, (piece) =>
    /^<\/?\d/.test(piece)
      ? piece
      : piece.replace(/[A-Za-z]+/g, (word) => {
          const long = word.replace(/[aeiou](?=[^aeiou]*$)/, (vowel) =>
            word.length > 6 ? vowel.repeat(3) : vowel.repeat(2),
          )
          return [...long].map((letter) => ACCENTS.get(letter)).join('')
        }),
  )
}

/** The catalogue of the pseudo-language, of the template. */
export function pseudo(source) {
  return Object.fromEntries(
    PO.parse(source).items.map(({ msgid, msgctxt }) => [
      keyOf(msgid, msgctxt ?? undefined),
      tokens(compileMessageOrThrow(msgid)),
    ]),
  )
}

const tokens = (message) =>
  message.map((token) => {
    if (typeof token === 'string') return token === '#' ? token : accented(token)
    const [name, kind, cases] = token
    if (typeof cases !== 'object') return token
    const said = Object.entries(cases).map(([form, one]) => [form, Array.isArray(one) ? tokens(one) : one])
    return [name, kind, Object.fromEntries(said)]
  })
