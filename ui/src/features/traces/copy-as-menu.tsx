import { t } from '@lingui/core/macro'
import { CodeXml } from 'lucide-react'
import type { Row } from '@/api/types'
import { copyText } from '@/components/copy'
import { buttonClass } from '@/components/ui/button'
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { callCode, evalCode, modelCall, pytestCode, type CodeKind } from './runnable'

const CALLS: readonly { kind: CodeKind; label: string }[] = [
  { kind: 'curl', label: t`curl` },
  { kind: 'python', label: t`Python` },
  { kind: 'typescript', label: t`TypeScript` },
]

/** The span as code: a model call to run again through the gateway, any span as a case of a test. */
export function CopyAsMenu({ span }: { span: Row }) {
  const { project } = useProject()
  const call = modelCall(span)
  const { origin } = window.location
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={t`Copy span as code`}
          title={t`Copy span as code`}
          className={buttonClass('ghost', '-mr-1.5 !w-7 !px-0')}
        >
          <CodeXml size={14} />
        </button>
      }
    >
      {call ? (
        <>
          <MenuLabel>{t`The call, through the gateway`}</MenuLabel>
          {CALLS.map(({ kind, label }) => (
            <MenuItem key={kind} onSelect={() => copy(callCode(kind, call, origin))}>
              {label}
            </MenuItem>
          ))}
        </>
      ) : null}
      <MenuLabel>{t`As a test`}</MenuLabel>
      {call ? (
        <MenuItem onSelect={() => copy(pytestCode(span, call, origin))} hint={t`same answer`}>
          {t`pytest`}
        </MenuItem>
      ) : null}
      <MenuItem onSelect={() => copy(evalCode(span, call, origin, project.name))} hint={t`one case`}>
        {t`Evaluation`}
      </MenuItem>
    </Menu>
  )
}

function copy(code: string): void {
  void copyText(code).then((done) => done && notify(t`Copied`))
}
