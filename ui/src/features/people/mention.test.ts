import { expect, test } from 'vitest'
import { typedMention } from './mention-box'

test.each([
  ['@', ''],
  ['see @ad', 'ad'],
  ['(@ada.l', 'ada.l'],
  ['mail ada@a', null],
  ['@ada done', null],
  ['', null],
])('%s', (text, typed) => expect(typedMention(text, text.length)).toBe(typed))
