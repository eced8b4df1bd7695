import { DiffText } from '@/components/diff-text'
import { Clamp } from '@/components/clamp'
import { fieldText, type Field, type RowContent } from './difference'

type Props = { fields: readonly Field[]; before: RowContent | null; after: RowContent | null }

/** Fields of a row as they were and are, word by word. */
export function FieldDiff({ fields, before, after }: Props) {
  return (
    <dl className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 gap-y-1 max-sm:grid-cols-1">
      {fields.map((field) => (
        <div key={field} className="contents">
          <dt className="text-s text-ink-3">{field}</dt>
          <dd className="min-w-0 text-s">
            <Clamp>
              <DiffText before={fieldText(before, field)} after={fieldText(after, field)} />
            </Clamp>
          </dd>
        </div>
      ))}
    </dl>
  )
}
