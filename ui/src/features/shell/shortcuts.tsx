import { Fragment } from 'react'
import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/bits'
import { MOD } from '@/lib/hotkeys'
import { sections } from './nav'

const GROUPS: { title: string; keys: [keys: string[], does: string][] }[] = [
  {
    title: 'Anywhere',
    keys: [
      [[`${MOD}K`], 'Find anything'],
      ...sections.map(({ key, label }): [string[], string] => [['g', key], label]),
      [['g', 'p'], 'Projects'],
      [['?'], 'This sheet'],
    ],
  },
  {
    title: 'Tables',
    keys: [
      [['j'], 'Next row'],
      [['k'], 'Previous row'],
      [['Enter'], 'Open the row'],
      [['x'], 'Select the row'],
      [['/'], 'Search and filter'],
      [['Esc'], 'Close, then unselect'],
    ],
  },
  {
    title: 'Trace',
    keys: [
      [['n'], 'Next span'],
      [['p'], 'Previous span'],
      [['h'], 'Collapse the span'],
      [['l'], 'Expand the span'],
      [['d'], 'Add to dataset'],
      [['f'], 'Whole page and back'],
    ],
  },
  {
    title: 'Review',
    keys: [
      [['1', '…', '9'], 'Answer the question'],
      [['←', '→'], 'Previous and next question'],
      [['↑', '↓'], 'Previous and next row'],
      [['Enter'], 'Next row to review'],
    ],
  },
  {
    title: 'Review queue',
    keys: [
      [['1', '…', '9'], 'Answer the question; for a pair, how much better'],
      [['←', '→'], 'Left or right is better; question before and after'],
      [['↓'], 'A tie; next question'],
      [['Enter'], 'Hand in'],
      [['s'], 'Skip'],
      [['u'], 'Take the last one back'],
      [['i'], 'Instructions'],
    ],
  },
]

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keyboard shortcuts" width="max-w-4xl">
      <div className="grid gap-6 pt-1 sm:grid-cols-2 lg:grid-cols-3">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1.5 text-s text-ink-3">{group.title}</h3>
            <dl className="grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-1.5">
              {group.keys.map(([keys, does]) => (
                <Fragment key={does}>
                  <dt className="flex gap-1">
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>
                  <dd className="text-ink-2">{does}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
