import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Star, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { insertRows } from '@/api/objects'
import type { DatasetEvent, Row } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import { notify, notifyError } from '@/components/ui/toast'
import { refreshDataset } from './api'
import { isStarred, STAR, writeTag } from './star'
import { wholeRow } from './use-row-edits'

type Props = { datasetId: string; rows: readonly Row[]; splits: readonly string[]; onDone: () => void }

/** What can be done to the selected rows at once: a split, a tag, a star, deletion. */
export function RowsBar({ datasetId, rows, splits, onDone }: Props) {
  const client = useQueryClient()
  const writing = (events: DatasetEvent[]) => () => insertRows(datasetId, events)
  const write = useMutation({
    mutationFn: ({ run }: { run: () => Promise<unknown>; said: string; undo?: DatasetEvent[] }) => run(),
    onSuccess: (_done, { said, undo }) => {
      notify(
        said,
        undo && { label: t`Undo`, run: () => write.mutate({ run: writing(undo), said: t`Undone` }) },
      )
      onDone()
    },
    onError: (problem) => notifyError(t`The rows were not changed`, problem),
    onSettled: () => refreshDataset(client, datasetId),
  })
  // Only what is changed is written back: a row may have more than the page reads.
  const undo = rows.map(({ id, metadata, tags }) => ({
    id,
    metadata,
    tags,
    _is_merge: true,
    _merge_paths: [['metadata'], ['tags']],
  }))
  const ids = rows.map(({ id }) => id)
  const starred = rows.every(isStarred)
  const many = plural(rows.length, { one: '# row', other: '# rows' })
  return (
    <div
      role="toolbar"
      aria-label={t`Selected rows`}
      className="pop absolute bottom-4 left-1/2 z-20 flex max-w-[calc(100%-2rem)] -translate-x-1/2 items-center gap-2 px-3 py-2"
    >
      <span className="whitespace-nowrap">
        <Trans>{many} selected</Trans>
      </span>
      <Ask
        label={t`Split`}
        hint={t`train`}
        options={splits}
        onSet={(split) =>
          write.mutate({
            run: writing(rows.map(({ id }) => ({ id, metadata: { split }, _is_merge: true }))),
            said: t`${many} put into ${split}`,
            undo,
          })
        }
      />
      <Ask
        label={t`Tag`}
        hint={t`hard`}
        options={[]}
        onSet={(tag) =>
          write.mutate({
            run: () => writeTag(datasetId, ids, tag, true),
            said: t`${many} tagged ${tag}`,
            undo,
          })
        }
      />
      <Button
        icon={<Star size={13} aria-hidden className={starred ? 'fill-warn text-warn' : ''} />}
        aria-pressed={starred}
        onClick={() =>
          write.mutate({
            run: () => writeTag(datasetId, ids, STAR, !starred),
            said: starred ? t`${many} without a star` : t`${many} starred`,
            undo,
          })
        }
      >
        {t`Star`}
      </Button>
      <Button
        variant="danger"
        icon={<Trash2 size={13} aria-hidden />}
        onClick={() =>
          write.mutate({
            run: writing(rows.map(({ id }) => ({ id, _object_delete: true }))),
            said: t`${many} deleted`,
            undo: rows.map(wholeRow),
          })
        }
      >
        {t`Delete`}
      </Button>
      <Button variant="ghost" icon={<X size={14} />} aria-label={t`Unselect`} onClick={onDone} />
    </div>
  )
}

type AskProps = { label: string; hint: string; options: readonly string[]; onSet: (value: string) => void }

function Ask({ label, hint, options, onSet }: AskProps) {
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const set = (value: string): void => {
    setOpen(false)
    setText('')
    onSet(value)
  }
  return (
    <Popover title={label} open={open} onOpenChange={setOpen} trigger={<Button>{label} …</Button>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim()) set(text.trim())
        }}
        className="flex gap-2"
      >
        <input
          aria-label={label}
          value={text}
          placeholder={hint}
          onChange={(event) => setText(event.target.value)}
          className="field h-7 min-w-0 flex-1 px-2"
        />
        <Button variant="primary" type="submit" disabled={!text.trim()}>
          {t`Set`}
        </Button>
      </form>
      {options.length ? (
        <p className="mt-2 flex flex-wrap gap-1">
          {options.map((option) => (
            <Button key={option} onClick={() => set(option)}>
              {option}
            </Button>
          ))}
        </p>
      ) : null}
    </Popover>
  )
}
