import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import Markdown from './markdown'
import { readMarkdown } from './markdown-tokens'

const html = (text: string): string => renderToStaticMarkup(<Markdown text={text} />)

describe('Markdown', () => {
  it('renders what people write', () => {
    const out = html(
      '# One\n\n- **a** `b`\n- [x] c\n\n|h|\n|-|\n|1|\n\n```\ncode <b>\n```\n[w](https://w.test)',
    )
    for (const part of [
      'aria-level="4"',
      '<strong>a</strong>',
      '<code',
      '☑',
      '<th',
      '<pre',
      'code &lt;b&gt;',
    ])
      expect(out).toContain(part)
    expect(out).toContain('href="https://w.test"')
    expect(out).toContain('rel="noopener noreferrer nofollow"')
  })

  it('makes no element of HTML, fetches no picture, follows no script', () => {
    const evil = [
      '<script>x()</script>',
      'a <img src=x onerror=y> b',
      '![p](https://evil.test/p.png)',
      '![p][r]',
      '[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](//evil.test) [e](vbscript:x)',
      '<javascript:alert(1)>',
      '[r]: https://evil.test/q.png',
      '<a href="javascript:x">y</a><style>*{display:none}</style>',
    ].join('\n\n')
    const out = html(evil)
    expect(out).not.toMatch(/<(script|img|style|iframe|object|svg)|href="(?!https?:)/i)
    expect(out).toContain('[image: p]')
    expect(out).toContain('&lt;script&gt;')
  })

  it('keeps text whose marks would take minutes to read', () => {
    const text = '**a_'.repeat(7_000)
    expect(html(text)).toContain(text.slice(0, 1_000))
    expect(readMarkdown('>'.repeat(30_000))).toBeNull()
    expect(html('> '.repeat(200) + 'deep')).toContain('deep')
  })
})
