import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Download } from 'lucide-react'
import { copyText } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import { downloadQuery, FORMATS } from '@/api/download'
import { copyAs } from '@/lib/query-code'

/** Every row of a query as a file, and the query as something to run elsewhere. */
export function ResultMenu({ query }: { query: string }) {
  const copy = async (kind: 'cli' | 'python' | 'curl'): Promise<void> => {
    if (await copyText(copyAs(kind, query, window.location.origin))) notify(t`Copied`)
  }
  return (
    <Menu align="end" trigger={<Button icon={<Download size={14} aria-hidden />}>{t`Take away`}</Button>}>
      {FORMATS.map(({ fmt, label }) => (
        <MenuItem key={fmt} onSelect={() => void downloadQuery({ query }, fmt, 'query')}>
          <Trans>Download {label}</Trans>
        </MenuItem>
      ))}
      <MenuItem onSelect={() => void copy('cli')}>{t`Copy as CLI command`}</MenuItem>
      <MenuItem onSelect={() => void copy('python')}>{t`Copy as Python`}</MenuItem>
      <MenuItem onSelect={() => void copy('curl')}>{t`Copy as curl`}</MenuItem>
    </Menu>
  )
}
