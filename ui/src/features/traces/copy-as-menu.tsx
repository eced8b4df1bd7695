import { CodeXml } from 'lucide-react'
import type { Row } from '@/api/types'
import { copyText } from '@/components/copy'
import { buttonClass } from '@/components/ui/button'
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu'
import { notify } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { callCode, evalCode, modelCall, pytestCode, type CodeKind } from './runnable'

const CALLS: readonly { kind: CodeKind; label: string }[] = [
  { kind: 'curl', label: 'curl' },
  { kind: 'python', label: 'Python' },
  { kind: 'typescript', label: 'TypeScript' },
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
          aria-label="Copy span as code"
          title="Copy span as code"
          className={buttonClass('ghost', '-mr-1.5 !w-7 !px-0')}
        >
          <CodeXml size={14} />
        </button>
      }
    >
      {call ? (
        <>
          <MenuLabel>The call, through the gateway</MenuLabel>
          {CALLS.map(({ kind, label }) => (
            <MenuItem key={kind} onSelect={() => copy(callCode(kind, call, origin))}>
              {label}
            </MenuItem>
          ))}
        </>
      ) : null}
      <MenuLabel>As a test</MenuLabel>
      {call ? (
        <MenuItem onSelect={() => copy(pytestCode(span, call, origin))} hint="same answer">
          pytest
        </MenuItem>
      ) : null}
      <MenuItem onSelect={() => copy(evalCode(span, call, origin, project.name))} hint="one case">
        Evaluation
      </MenuItem>
    </Menu>
  )
}

function copy(code: string): void {
  void copyText(code).then((done) => done && notify('Copied'))
}
