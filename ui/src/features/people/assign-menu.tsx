import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { UserRound } from 'lucide-react'
import { assigneesOf, nameOf, peopleQuery } from '@/api/people'
import type { Row } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Menu, MenuCheck, MenuLabel } from '@/components/ui/menu'
import { assignment, type RowRef } from '../review/answers'
import { useWrite } from '../review/feedback'

type Props = {
  rowRef: RowRef
  row: Pick<Row, 'metadata'> | null | undefined
  /** Writes it down in place of this menu. */
  onAssign?: (people: string[]) => void
}

/** Who a row is assigned to, and a menu that changes it. */
export function AssignMenu({ rowRef, row, onAssign }: Props) {
  const { data: people } = useQuery(peopleQuery(rowRef.from, rowRef.objectId))
  const write = useWrite(rowRef)
  const assigned = assigneesOf(row)
  const names = (people ?? []).filter((person) => assigned.includes(person.id)).map(nameOf)
  const put = onAssign ?? ((next: string[]): void => write.mutate(assignment(next)))
  const toggle = (id: string, on: boolean): void =>
    put(on ? [...assigned, id] : assigned.filter((other) => other !== id))
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<UserRound size={14} aria-hidden />}
          aria-label={names.length ? t`Assigned to ${names.join(', ')}` : t`Assign`}
          title={names.length ? t`Assigned to ${names.join(', ')}` : t`Assign this span to people`}
          disabled={!row}
        >
          <span className="max-w-28 truncate @max-md:hidden">
            {names.length > 1 ? `${names[0]} +${names.length - 1}` : (names[0] ?? t`Assign`)}
          </span>
        </Button>
      }
    >
      <MenuLabel>{t`Assigned to`}</MenuLabel>
      {people?.map((person) => (
        <MenuCheck
          key={person.id}
          checked={assigned.includes(person.id)}
          onChange={(on) => toggle(person.id, on)}
        >
          {nameOf(person)} <span className="text-ink-3">{person.email}</span>
        </MenuCheck>
      ))}
    </Menu>
  )
}
