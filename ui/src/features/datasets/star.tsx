/** Stars: marks that everybody who reads the dataset sees. A row is starred by a tag, which programs read like any other. */
import { t } from '@lingui/core/macro'
import { Star } from 'lucide-react'
import { insertRows } from '@/api/objects'
import { runQuery } from '@/api/query'
import type { DatasetEvent, Row } from '@/api/types'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { literal, select } from '@/lib/sql'

export const STAR = 'starred'
/** The filter that leaves the starred rows. */
export const STARRED = `tags INCLUDES ${literal(STAR)}`

export function isStarred({ tags }: Pick<Row, 'tags'>): boolean {
  return tags?.includes(STAR) ?? false
}

/** Tags with one more, or without it. */
export function withTag(tags: readonly string[] | null | undefined, tag: string, on: boolean): string[] {
  const others = (tags ?? []).filter((other) => other !== tag)
  return on ? [...others, tag] : others
}

/**
 * Give rows a tag or take it from them. Their other tags are read anew, for somebody may have changed them since the page
 * read them. Rows that are gone stay gone; raises where none is left.
 */
export async function writeTag(
  datasetId: string,
  ids: readonly string[],
  tag: string,
  on: boolean,
): Promise<void> {
  const query = select({
    columns: 'id, tags',
    from: 'dataset',
    id: datasetId,
    where: [`id IN (${ids.map(literal).join(', ')})`],
    tail: `LIMIT ${ids.length}`,
  })
  const { data } = await runQuery<Pick<Row, 'id' | 'tags'>>({ query })
  if (data.length === 0) throw new Error(t`Somebody deleted it meanwhile.`)
  const events = data.map(({ id, tags }): DatasetEvent => {
    const next = withTag(tags, tag, on)
    return { id, tags: next.length ? next : null, _is_merge: true, _merge_paths: [['tags']] }
  })
  await insertRows(datasetId, events)
}

export type OnStar = (row: Row, on: boolean) => void

/** Whether a row is starred, to be changed by a click unless `onStar` is null. */
export function StarMark({ row, onStar }: { row: Row; onStar: OnStar | null }) {
  const on = isStarred(row)
  const icon = <Star size={14} aria-hidden className={on ? 'fill-warn text-warn' : ''} />
  if (!onStar)
    return on ? (
      <span role="img" aria-label={t`Starred`} className="inline-flex align-middle">
        {icon}
      </span>
    ) : null
  return (
    <Button
      variant="ghost"
      icon={icon}
      aria-label={t`Star`}
      aria-pressed={on}
      title={on ? t`Starred, for everybody: take the star away (s)` : t`Star, for everybody (s)`}
      onClick={() => onStar(row, !on)}
      className={cx(
        '!h-6 !w-6 align-middle max-sm:!size-8',
        !on && 'text-ink-3 opacity-40 group-hover:opacity-100 hover:opacity-100 focus-visible:opacity-100',
      )}
    />
  )
}
