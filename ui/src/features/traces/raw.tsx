import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { CopyButton } from '@/components/copy'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { count } from '@/lib/format'
import { literal, select } from '@/lib/sql'
import type { TraceRef } from './api'
import { LongText } from './long-text'

const MOST = 1000

/** The rows of the trace as the query endpoint returns them. */
export function RawTrace({ traceRef }: { traceRef: TraceRef }) {
  const query = select({
    from: traceRef.from,
    id: traceRef.objectId,
    where: [`root_span_id = ${literal(traceRef.rootSpanId)}`],
    tail: `ORDER BY created LIMIT ${MOST}`,
  })
  const { data, error, refetch } = useQuery({
    queryKey: ['raw', query],
    queryFn: async ({ signal }) => (await runQuery<Row>({ query }, signal)).data,
    select: (rows) => ({ rows: rows.length, text: JSON.stringify(rows, null, 2) }),
  })
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows rows={10} label={t`Loading the rows`} />
  return (
    <div className="relative min-h-0 flex-1 overflow-auto">
      <p className="flex items-center gap-1 px-3.5 pt-2 text-s text-ink-3">
        {data.rows === MOST
          ? t`The first ${count(MOST)} rows`
          : plural(data.rows, { one: '# row', other: '# rows' })}{' '}
        <CopyButton text={data.text} label={t`Copy all rows`} />
      </p>
      <LongText text={data.text} mono className="!px-3.5" />
    </div>
  )
}
