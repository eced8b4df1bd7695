/** Markdown read into tokens within bounds: the grammar lets small texts take minutes. */
import { Lexer, type Token } from 'marked'

/** Longer paragraphs keep their marks: the time of reading them grows faster than their length. */
const LONGEST_PARAGRAPH = 2_000
/** After this long, what is left keeps its marks. */
const BUDGET_MS = 50
/** Quotes in quotes past this are shown as written. */
const DEEP_QUOTE = /^(?:[ \t]*>){25}/m

class BoundedLexer extends Lexer {
  readonly #until = performance.now() + BUDGET_MS

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (src.length <= LONGEST_PARAGRAPH && performance.now() < this.#until)
      return super.inlineTokens(src, tokens)
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
