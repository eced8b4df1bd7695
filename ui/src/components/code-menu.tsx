import { t } from '@lingui/core/macro'
import { Code2 } from 'lucide-react'
import { copyAs } from '@/lib/query-code'
import { CODE_KINDS, readCode, type CodeKind, type Read } from '@/lib/request-code'
import { copyText } from './copy'
import { Button } from './ui/button'
import { Menu, MenuItem, MenuLabel } from './ui/menu'
import { notify } from './ui/toast'

/** Put code on the clipboard and say so. */
export function copyCode(code: string): void {
  void copyText(code).then((done) => done && notify(t`Copied`))
}

/** What opens a menu of code. */
export const codeTrigger = (
  <Button icon={<Code2 size={14} aria-hidden />} aria-label={t`Copy as code`} title={t`Copy as code`} />
)

type Props = {
  /** What is read, as the menu calls it. */
  title: string
} & (
  | {
      read: Read
      /** The same for the command line, where it can. */
      cli?: string
    }
  /** SQL that finds what is on show. */
  | { query: string }
)

/** What the page shows, as code that reads it. */
export function CodeMenu({ title, ...asked }: Props) {
  const { origin } = window.location
  const code = (kind: CodeKind): string | undefined => {
    if ('query' in asked) return copyAs(kind, asked.query, origin)
    return kind === 'cli' ? asked.cli : readCode(kind, asked.read, origin)
  }
  return (
    <Menu align="end" trigger={codeTrigger}>
      <MenuLabel>{title}</MenuLabel>
      {CODE_KINDS.map(({ kind, label }) => {
        const text = code(kind)
        return text ? (
          <MenuItem key={kind} onSelect={() => copyCode(text)}>
            {label}
          </MenuItem>
        ) : null
      })}
    </Menu>
  )
}
