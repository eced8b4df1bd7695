/** Markdown read into tokens within bounds: the grammar lets small texts take a minute. */
import { Lexer, type Token } from 'marked'

/** Longer paragraphs keep their marks: the time of reading them grows faster than their length. */
const LONGEST_PARAGRAPH = 1_500
/** Squares of lengths, added up, after which what is left keeps its marks: a tenth of a second at worst. */
const MOST_WORK = 9_000_000
/** Quotes in quotes past this are shown as written. */
const DEEP_QUOTE = /^(?:[ \t]*>){25}/m

class BoundedLexer extends Lexer {
  #work = 0

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (src.length <= LONGEST_PARAGRAPH && this.#work < MOST_WORK) {
      this.#work += src.length ** 2
      return super.inlineTokens(src, tokens)
    }
    tokens.push({ type: 'text', raw: src, text: src })
    return tokens
  }
}

/** Tokens of a text; null where it is nested so deep that it is better read as it is. */
export function readMarkdown(text: string): Token[] | null {
  if (DEEP_QUOTE.test(text)) return null
  try {
    return new BoundedLexer({ gfm: true }).lex(text)
  } catch {
    return null
  }
}
