import { download, FILE_FORMATS, type FileFormat } from '@/api/download'
import { MenuItem } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'

const LABELS: Record<FileFormat, string> = { csv: 'CSV', jsonl: 'JSONL', parquet: 'Parquet' }

async function take(sql: string, format: FileFormat, name: string): Promise<void> {
  try {
    const file = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.${format}`
    if (await download(sql, format, file)) notify(`${file} is saved`)
  } catch (error) {
    notifyError('The export failed; there is no file', error)
  }
}

/** Menu items that save every row of a query. */
export function ExportItems({ sql, name }: { sql: () => string; name: string }) {
  return FILE_FORMATS.map((format) => (
    <MenuItem key={format} onSelect={() => void take(sql(), format, name)}>
      {`Export as ${LABELS[format]}`}
    </MenuItem>
  ))
}
