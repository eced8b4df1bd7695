import { t } from '@lingui/core/macro'
import { Fragment } from 'react'
import { Dialog } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/bits'
import { MOD } from '@/lib/hotkeys'
import { sections } from './nav'

const GROUPS: { title: string; keys: [keys: string[], does: string][] }[] = [
  {
    title: t`Anywhere`,
    keys: [
      [[`${MOD}K`], t`Find anything`],
      ...sections.map(({ key, label }): [string[], string] => [['g', key], label()]),
      [['g', 'p'], t`Projects`],
      [['?'], t`This sheet`],
    ],
  },
  {
    title: t`Tables`,
    keys: [
      [['j'], t`Next row`],
      [['k'], t`Previous row`],
      [['Enter'], t`Open the row`],
      [['x'], t`Select the row`],
      [['s'], t`Star the row of a dataset`],
      [['/'], t`Search and filter`],
      [['Esc'], t`Close, then unselect`],
    ],
  },
  {
    title: t`Trace`,
    keys: [
      [['n'], t`Next span`],
      [['p'], t`Previous span`],
      [['h'], t`Collapse the span`],
      [['l'], t`Expand the span`],
      [['d'], t`Add to dataset`],
      [['f'], t`Whole page and back`],
    ],
  },
  {
    title: t`Review`,
    keys: [
      [['1', '…', '9'], t`Answer the question`],
      [['←', '→'], t`Previous and next question`],
      [['↑', '↓'], t`Previous and next row`],
      [['Enter'], t`Next row to review`],
    ],
  },
  {
    title: t`Review queue`,
    keys: [
      [['1', '…', '9'], t`Answer the question; for a pair, how much better`],
      [['←', '→'], t`Left or right is better; question before and after`],
      [['↓'], t`A tie; next question`],
      [['a', 'b', 'e'], t`Of a pair: left or right is better, or equal`],
      [['Enter'], t`Hand in`],
      [['s'], t`Skip`],
      [['u'], t`Take the last one back`],
      [['i'], t`Instructions`],
    ],
  },
]

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={t`Keyboard shortcuts`} width="max-w-4xl">
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
