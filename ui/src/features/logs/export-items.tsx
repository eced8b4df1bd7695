import { t } from '@lingui/core/macro'
import { downloadQuery, FORMATS } from '@/api/download'
import { MenuItem } from '@/components/ui/menu'

/** Menu items that save every row of a query. */
export function ExportItems({ sql, name }: { sql: () => string; name: string }) {
  return FORMATS.map(({ fmt, label }) => (
    <MenuItem key={fmt} onSelect={() => void downloadQuery({ query: sql() }, fmt, name)}>
      {t`Export as ${label}`}
    </MenuItem>
  ))
}
