import { t } from '@lingui/core/macro'
import { downloadQuery, FORMATS } from '@/api/download'
import { copyText } from '@/components/copy'
import { MenuItem } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import { copyAs } from '@/lib/query-code'

/** Menu items that save every row of a query. */
export function ExportItems({ sql, name }: { sql: () => string; name: string }) {
  return FORMATS.map(({ fmt, label }) => (
    <MenuItem key={fmt} onSelect={() => void downloadQuery({ query: sql() }, fmt, name)}>
      {t`Export as ${label}`}
    </MenuItem>
  ))
}

const KINDS = [
  { kind: 'sql', label: t`Copy as SQL` },
  { kind: 'cli', label: t`Copy as CLI command` },
  { kind: 'python', label: t`Copy as Python` },
  { kind: 'curl', label: t`Copy as curl` },
] as const

/** Menu items that copy a query as something to run elsewhere. */
export function CopyItems({ sql }: { sql: () => string }) {
  const copy = async (kind: (typeof KINDS)[number]['kind']): Promise<void> => {
    if (await copyText(copyAs(kind, sql(), window.location.origin))) notify(t`Copied`)
  }
  return KINDS.map(({ kind, label }) => (
    <MenuItem key={kind} onSelect={() => void copy(kind)}>
      {label}
    </MenuItem>
  ))
}
