import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Menu, MenuChoice, MenuItem } from '@/components/ui/menu'
import { notify, notifyError } from '@/components/ui/toast'
import { boardsQuery, createBoard, deleteBoard, saveBoard, type Board } from './api'
import type { Chart } from './charts'

const OVERVIEW = 'overview'

const failed = (problem: Error): void => notifyError('The board was not saved', problem)

/** The saved board of the address and what can be done to it; without one the overview is shown. */
export function useBoards(
  projectId: string,
  boardId: string | undefined,
  choose: (id: string | undefined) => void,
) {
  const client = useQueryClient()
  const { data: boards, error } = useQuery(boardsQuery(projectId))
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['boards', projectId] })
  const create = useMutation({
    mutationFn: ({ name, charts }: { name: string; charts: Chart[] }) => createBoard(projectId, name, charts),
    onSuccess: async (board) => {
      await refresh()
      choose(board.id)
    },
    onError: failed,
  })
  const save = useMutation({
    mutationFn: (board: Board) => saveBoard(projectId, board),
    onSuccess: refresh,
    onError: failed,
  })
  const remove = useMutation({
    mutationFn: (board: Board) => deleteBoard(projectId, board.id),
    onSuccess: async () => {
      choose(undefined)
      await refresh()
      notify('The board is deleted')
    },
    onError: (problem: Error) => notifyError('The board was not deleted', problem),
  })
  const board = boards?.find((one) => one.id === boardId) ?? null
  return {
    boards: boards ?? [],
    board,
    missing: Boolean(boardId && boards && !board),
    error,
    create,
    save,
    remove,
  }
}

export type Boards = ReturnType<typeof useBoards>

type MenuProps = { state: Boards; choose: (id: string | undefined) => void; onNew: () => void }

export function BoardMenu({ state, choose, onNew }: MenuProps) {
  const { board, boards, remove } = state
  return (
    <Menu
      trigger={
        <Button title="Board">
          {board?.name ?? 'Overview'} <ChevronDown size={13} aria-hidden className="text-ink-3" />
        </Button>
      }
    >
      <MenuChoice
        value={board?.id ?? OVERVIEW}
        onChange={(id) => choose(id === OVERVIEW ? undefined : id)}
        options={[
          { value: OVERVIEW, label: 'Overview', hint: 'built in' },
          ...boards.map(({ id, name, charts }) => ({
            value: id,
            label: name,
            hint: `${charts.length} charts`,
          })),
        ]}
      />
      <div className="my-1 border-t border-line" />
      <MenuItem onSelect={onNew}>New board from these charts …</MenuItem>
      {board ? <MenuItem onSelect={() => remove.mutate(board)}>Delete “{board.name}”</MenuItem> : null}
    </Menu>
  )
}

/** Asks for the name of a new board. */
export function NewBoardDialog({
  onCreate,
  onClose,
}: {
  onCreate: (name: string) => void
  onClose: () => void
}) {
  const [name, setName] = useState('')
  const id = useId()
  return (
    <Dialog
      open
      onClose={onClose}
      title="New board"
      description="Everyone in the project sees it. The built-in overview stays as it is."
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={id} disabled={!name.trim()}>
            Create
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) onCreate(name.trim())
        }}
      >
        <label className="block text-s font-medium">
          Name
          <input
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only field of a dialog just opened
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="Cost by customer"
            className="mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 outline-none focus:border-accent"
          />
        </label>
      </form>
    </Dialog>
  )
}
