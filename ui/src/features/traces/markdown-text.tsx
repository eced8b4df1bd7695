import { lazy, Suspense } from 'react'
import { LongText } from './long-text'

const Markdown = lazy(() => import('./markdown'))

/** Text as Markdown; its reader is fetched when first needed. */
export function MarkdownText({ text, className }: { text: string; className?: string }) {
  return (
    <Suspense fallback={<LongText text={text} {...(className ? { className } : {})} />}>
      <Markdown text={text} {...(className ? { className } : {})} />
    </Suspense>
  )
}
