import { describe, expect, it } from 'vitest'
import { findJsonError } from './json-error'

describe('findJsonError', () => {
  it.each(['1', '-0.5e3', 'true', ' null ', '"a\\n\\u00e9"', '[]', '{ }', '[1, [2, {"a": {"b": []}}]]'])(
    '%s is JSON',
    (text) => {
      expect(findJsonError(text)).toBeNull()
      expect(() => JSON.parse(text) as unknown).not.toThrow()
    },
  )

  it.each([
    ['', 0, 'a value is missing'],
    ['{"a": }', 6, 'a value was expected, not }'],
    ['{"a" 1}', 5, 'a colon is missing'],
    ['{"a": 1 "b": 2}', 8, 'a comma or } is missing'],
    ['[1, 2,]', 6, 'there is one comma too many'],
    ['{a: 1}', 1, 'a field name in double quotes was expected'],
    ['[yes]', 1, 'text needs double quotes'],
    ['"open', 0, 'this text has no closing quote'],
    ['"a\nb"', 2, 'a line break inside text is written \\n'],
    ['"C:\\dir"', 3, 'a backslash needs a second one'],
    ['1 2', 2, 'the value ended before this'],
    ['01', 1, 'the value ended before this'],
  ])('%s breaks at %s', (text, offset, message) => {
    expect(findJsonError(text)).toEqual({ offset, message })
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
  })
})
