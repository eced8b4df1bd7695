import { t } from '@lingui/core/macro'
import { Copy } from 'lucide-react'
import { copyText } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify } from '@/components/ui/toast'
import type { Json } from '@/lib/json'
import { Field, Payload } from '../traces/payload'
import type { ResultRow } from './result-columns'

type Props = { row: ResultRow; onClose: () => void }

/** Every value of a row as a whole, each shown as what it is. */
export function RowDialog({ row, onClose }: Props) {
  const copy = async (): Promise<void> => {
    if (await copyText(JSON.stringify(row.values, null, 2))) notify(t`Row copied as JSON`)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Row ${row.index + 1}`}
      width="max-w-3xl"
      footer={
        <>
          <Button icon={<Copy size={13} aria-hidden />} onClick={() => void copy()}>
            {t`Copy as JSON`}
          </Button>
          <span className="flex-1" />
          <Button onClick={onClose}>{t`Close`}</Button>
        </>
      }
    >
      <div className="space-y-2.5">
        {Object.entries(row.values).map(([name, value]) =>
          value === null || value === undefined ? (
            <Field key={name} title={name}>
              <p className="p-2.5 font-mono text-s text-ink-3">{t`null`}</p>
            </Field>
          ) : (
            <Payload key={name} name={`sql.${name}`} title={name} value={value as Json} />
          ),
        )}
      </div>
    </Dialog>
  )
}
