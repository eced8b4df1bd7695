import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { nameOf, peopleQuery } from '@/api/people'
import type { Row } from '@/api/types'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { useChanges } from '../logs/bulk-dialogs'
import { useProject } from '../projects/project-context'
import { assignment } from '../review/answers'

type Props = { rows: readonly Row[]; onClose: () => void; onDone: () => void }

/** Assigns rows to the chosen people, instead of whom they were assigned to. */
export function AssignDialog({ rows, onClose, onDone }: Props) {
  const { project } = useProject()
  const { data: people, error } = useQuery(peopleQuery('project_logs', project.id))
  const [chosen, setChosen] = useState<readonly string[]>([])
  const done = chosen.length
    ? plural(rows.length, { one: '# row assigned', other: '# rows assigned' })
    : plural(rows.length, { one: '# row assigned to nobody', other: '# rows assigned to nobody' })
  const write = useChanges(rows, done, onDone)
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Assign ${plural(rows.length, { one: '# row', other: '# rows' })}`}
      description={t`The rows are theirs alone afterwards; with nobody chosen they are nobody's. Whoever is new is told.`}
      width="max-w-sm"
      footer={
        <>
          {write.code(() => assignment(chosen))}
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            disabled={write.isPending}
            onClick={() => write.mutate(() => assignment(chosen))}
          >
            {t`Assign`}
          </Button>
        </>
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {people || error ? null : <Skeleton className="h-16 w-full" />}
      <ul className="space-y-1">
        {people?.map((person) => (
          <li key={person.id}>
            <label className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={chosen.includes(person.id)}
                onChange={(event) =>
                  setChosen(
                    event.target.checked
                      ? [...chosen, person.id]
                      : chosen.filter((other) => other !== person.id),
                  )
                }
              />
              {nameOf(person)}
              <span className="truncate text-ink-3">{person.email}</span>
            </label>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
