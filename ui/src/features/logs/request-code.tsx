import { t } from '@lingui/core/macro'
import { CodeXml } from 'lucide-react'
import { copyText } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import { curlOf, pythonOf } from '@/lib/request-code'

type Props = {
  path: string
  /** What would be sent now; asked when it is copied. */
  body: () => object | Promise<object>
  disabled?: boolean
}

/** In the foot of a dialog: what its button sends, to be sent from elsewhere. */
export function RequestCode({ path, body, disabled = false }: Props) {
  const copy = async (write: (url: string, sent: object) => string): Promise<void> => {
    try {
      if (await copyText(write(`${window.location.origin}${path}`, await body()))) notify(t`Copied`)
    } catch (error) {
      notifyError(t`The code could not be made`, error)
    }
  }
  return (
    <span className="mr-auto">
      <Menu
        trigger={
          <Button
            variant="ghost"
            icon={<CodeXml size={14} aria-hidden />}
            aria-label={t`Copy as code`}
            title={t`Copy as code`}
            disabled={disabled}
          />
        }
      >
        <MenuItem onSelect={() => void copy(curlOf)}>{t`Copy as curl`}</MenuItem>
        <MenuItem onSelect={() => void copy(pythonOf)}>{t`Copy as Python`}</MenuItem>
      </Menu>
    </span>
  )
}
