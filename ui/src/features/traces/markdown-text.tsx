import { Suspense } from 'react'
import { loadLater } from '@/lib/load-later'
import { LongText } from './long-text'

const Markdown = loadLater(async () => (await import('./markdown')).default)

/** Text as Markdown; its reader is fetched when first needed. */
export function MarkdownText({ text, className }: { text: string; className?: string }) {
  return (
    <Suspense fallback={<LongText text={text} {...(className ? { className } : {})} />}>
      <Markdown text={text} {...(className ? { className } : {})} />
    </Suspense>
  )
}
