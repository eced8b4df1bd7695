import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import type { Token, Tokens } from 'marked'
import { Fragment, useMemo, type ReactNode } from 'react'
import { ScrollX } from '@/components/scroll-x'
import { LongText } from './long-text'
import { readMarkdown } from './markdown-tokens'

/** What is longer is cut: reading Markdown takes longer than reading text. */
const MOST = 30_000
/** Nesting past this is shown as it was written. */
const DEEPEST = 24

/**
 * Markdown as React elements. No HTML is ever made of it: HTML in the text is shown as text, pictures are named and not
 * fetched, and only links to web pages and mail addresses are links.
 */
export default function Markdown({ text, className = '' }: { text: string; className?: string }) {
  const tokens = useMemo(() => readMarkdown(text.slice(0, MOST)), [text])
  if (!tokens) return <LongText text={text} className={className} />
  return (
    <div className={className}>
      <div className="max-w-[80ch] space-y-2 text-s break-words" dir="auto">
        {blocks(tokens, 0)}
      </div>
      {text.length > MOST ? <LongText text={text.slice(MOST)} className="!px-0" /> : null}
    </div>
  )
}

function blocks(tokens: readonly Token[], depth: number): ReactNode {
  return tokens.map((token, i) => (
    // Tokens have no identity besides their place.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={i}>{depth > DEEPEST ? token.raw : one(token, depth)}</Fragment>
  ))
}

const HEADINGS = ['text-xl', 'text-l', 'text-base'] as const

function one(token: Token, depth: number): ReactNode {
  const inner = (): ReactNode =>
    'tokens' in token && token.tokens
      ? blocks(token.tokens, depth + 1)
      : 'text' in token
        ? plain(String(token.text))
        : token.raw
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'heading':
      return (
        <p
          role="heading"
          aria-level={Math.min(6, (token as Tokens.Heading).depth + 3)}
          className={`font-semibold ${HEADINGS[(token as Tokens.Heading).depth - 1] ?? 'text-s'}`}
        >
          {inner()}
        </p>
      )
    case 'paragraph':
      return <p className="whitespace-pre-line">{inner()}</p>
    case 'blockquote':
      return (
        <blockquote className="space-y-1 border-l-2 border-line-strong pl-3 text-ink-2">{inner()}</blockquote>
      )
    case 'code':
      return (
        <ScrollX
          label={t`Code`}
          code
          className="rounded border border-line bg-panel p-2 font-mono text-[11.5px]/[17px]"
        >
          {(token as Tokens.Code).text}
        </ScrollX>
      )
    case 'hr':
      return <hr className="border-line" />
    case 'list':
      return <List list={token as Tokens.List} depth={depth} />
    case 'table':
      return <Table table={token as Tokens.Table} depth={depth} />
    case 'strong':
      return <strong>{inner()}</strong>
    case 'em':
      return <em>{inner()}</em>
    case 'del':
      return <s>{inner()}</s>
    case 'codespan':
      return (
        <code className="rounded-s bg-sunken px-1 font-mono text-[11.5px]">
          {(token as Tokens.Codespan).text}
        </code>
      )
    case 'br':
      return <br />
    case 'link':
      return <Link link={token as Tokens.Link}>{inner()}</Link>
    case 'image':
      return (
        <span title={(token as Tokens.Image).href} className="text-ink-3">
          <Trans>[image: {(token as Tokens.Image).text || (token as Tokens.Image).href}]</Trans>
        </span>
      )
    case 'html':
      return <span className="font-mono text-[11.5px] whitespace-pre-wrap text-ink-2">{token.raw}</span>
    case 'escape':
    case 'text':
      return inner()
    default:
      return token.raw
  }
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const Tag = list.ordered ? 'ol' : 'ul'
  const start = typeof list.start === 'number' ? list.start : undefined
  return (
    <Tag
      {...(list.ordered && start !== undefined ? { start } : {})}
      className={`space-y-0.5 pl-5 ${list.ordered ? 'list-decimal' : 'list-disc'}`}
    >
      {list.items.map((item, i) => (
        // Items have no identity besides their place.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i}>
          {item.task ? <span aria-hidden>{item.checked ? '☑ ' : '☐ '}</span> : null}
          {blocks(item.tokens, depth + 1)}
        </li>
      ))}
    </Tag>
  )
}

function Table({ table, depth }: { table: Tokens.Table; depth: number }) {
  return (
    <ScrollX label={t`Table`} className="max-w-full">
      <table className="border-collapse">
        <thead className="text-left text-xs text-ink-3">
          <tr>{cells(table.header, 'th', depth)}</tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            // Rows have no identity besides their place.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={i}>{cells(row, 'td', depth)}</tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  )
}

function cells(row: readonly Tokens.TableCell[], Tag: 'th' | 'td', depth: number): ReactNode {
  return row.map((cell, i) => (
    // Cells have no identity besides their place.
    // oxlint-disable-next-line react/no-array-index-key
    <Tag key={i} className="border border-line px-2 py-0.5">
      {blocks(cell.tokens, depth + 1)}
    </Tag>
  ))
}

/** Other addresses (scripts, files, pages of this server) stay text. */
function Link({ link, children }: { link: Tokens.Link; children: ReactNode }) {
  if (!/^(https?:\/\/|mailto:)/i.test(link.href)) return <span title={link.href}>{link.raw}</span>
  return (
    <a
      href={link.href}
      title={link.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-accent underline"
    >
      {children}
    </a>
  )
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' }

function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => NAMED[name] ?? whole)
}
