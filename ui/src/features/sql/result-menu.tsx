import { Download } from 'lucide-react'
import { copyText } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import { downloadQuery, FORMATS } from '@/api/download'
import { copyAs } from '../logs/copy-as'

/** Every row of a query as a file, and the query as something to run elsewhere. */
export function ResultMenu({ query }: { query: string }) {
  const copy = async (kind: 'cli' | 'python' | 'curl'): Promise<void> => {
    if (await copyText(copyAs(kind, query, window.location.origin))) notify('Copied')
  }
  return (
    <Menu align="end" trigger={<Button icon={<Download size={14} aria-hidden />}>Take away</Button>}>
      {FORMATS.map(({ fmt, label }) => (
        <MenuItem key={fmt} onSelect={() => void downloadQuery({ query }, fmt, 'query')}>
          Download {label}
        </MenuItem>
      ))}
      <MenuItem onSelect={() => void copy('cli')}>Copy as CLI command</MenuItem>
      <MenuItem onSelect={() => void copy('python')}>Copy as Python</MenuItem>
      <MenuItem onSelect={() => void copy('curl')}>Copy as curl</MenuItem>
    </Menu>
  )
}
