import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { namesOf, peopleQuery, type Person } from '@/api/people'
import type { Row } from '@/api/types'
import { Time } from '@/components/time'
import { Tag } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notifyError } from '@/components/ui/toast'
import { isObject, type Json } from '@/lib/json'
import { MentionBox } from '../people/mention-box'
import { useMay, useProject } from '../projects/project-context'
import { Field } from '../traces/payload'
import { answerOf, change, changeFor, comment, type Change, type RowRef } from './answers'
import { configsQuery } from './configs'
import { ScoreInput } from './score-inputs'

/** What people say of a span: scores, tags, comments. Everything is written at once and can be taken back. */
export function Feedback({ rowRef, row }: { rowRef: RowRef; row: Row }) {
  const { project } = useProject()
  const { data: configs } = useQuery(configsQuery(project.id))
  const write = useWrite(rowRef)
  const writes = useMay(rowRef.from, 'update')
  const usable = (configs ?? []).filter((config) => rowRef.from !== 'dataset' || config.toExpected)
  return (
    <Field title={t`Feedback`}>
      <fieldset disabled={!writes} className="space-y-3 p-2.5">
        {usable.map((config) => (
          <ScoreInput
            key={config.id}
            config={config}
            answer={answerOf(config, row)}
            onAnswer={(answer) => write.mutate(changeFor(config, answer))}
          />
        ))}
        <Tags tags={row.tags ?? []} onChange={(tags) => write.mutate({ tags })} />
        <Comments rowRef={rowRef} comments={row.comments} />
        {writes ? null : <p className="text-s text-ink-3">{t`You can read this, not answer.`}</p>}
      </fieldset>
    </Field>
  )
}

/** What people said, to be read only. */
export function Said({ row }: { row: Row }) {
  const comments = readComments(row.comments)
  if (!row.tags?.length && comments.length === 0) return null
  return (
    <Field title={t`Feedback`}>
      <div className="space-y-3 p-2.5">
        {row.tags?.length ? (
          <p className="flex flex-wrap gap-1">
            {row.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </p>
        ) : null}
        {comments.length ? <CommentList comments={comments} /> : null}
      </div>
    </Field>
  )
}

/** Writes a change of the row, then reads again whatever showed it. */
export function useWrite(rowRef: RowRef) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (what: Change) => change(rowRef, what),
    onSuccess: refresh,
    onError: (error) => notifyError(t`This was not saved`, error),
  })
}

const ABOUT_ROWS = ['span', 'trace', 'logs', 'rows', 'review', 'cases', 'comparison', 'answers', 'thread']

/** Reads again whatever shows what people say of rows. */
export function useRefresh(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    const about = new Set(ABOUT_ROWS)
    await client.invalidateQueries({ predicate: ({ queryKey }) => about.has(String(queryKey[0])) })
  }
}

function Tags({ tags, onChange }: { tags: readonly string[]; onChange: (tags: string[]) => void }) {
  const [adding, setAdding] = useState(false)
  const [draft, setDraft] = useState('')
  const add = (): void => {
    const tag = draft.trim()
    setDraft('')
    setAdding(false)
    if (tag && !tags.includes(tag)) onChange([...tags, tag])
  }
  return (
    <div className="flex flex-wrap items-center gap-1" role="group" aria-label={t`Tags`}>
      {tags.map((tag) => (
        <span key={tag} className="inline-flex items-center rounded-s bg-sunken pl-1.5 text-s text-ink-2">
          {tag}
          <button
            type="button"
            aria-label={t`Remove tag ${tag}`}
            onClick={() => onChange(tags.filter((other) => other !== tag))}
            className="px-1 text-ink-3 hover:text-ink"
          >
            <X size={11} />
          </button>
        </span>
      ))}
      {adding ? (
        <input
          aria-label={t`New tag`}
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- opened by the reader a moment ago
          autoFocus
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key === 'Enter') add()
            if (event.key === 'Escape') setAdding(false)
          }}
          className="field h-6 w-28 px-1.5"
        />
      ) : (
        <button
          type="button"
          onClick={() => setAdding(true)}
          className="inline-flex items-center gap-0.5 rounded px-1 text-s text-ink-3 hover:text-ink"
        >
          <Plus size={12} aria-hidden /> {t`Tag`}
        </button>
      )}
    </div>
  )
}

type Comment = { id: string; text: string; created: string | null; author: string | null }

function readComments(raw: Json | undefined): Comment[] {
  if (!Array.isArray(raw)) return []
  return raw.flatMap((item): Comment[] => {
    if (!isObject(item) || !isObject(item.comment) || typeof item.comment.text !== 'string') return []
    const created = typeof item.created === 'string' ? item.created : null
    const author = typeof item.user_id === 'string' ? item.user_id : null
    return [{ id: String(item.id), text: item.comment.text, created, author }]
  })
}

type ListProps = { comments: readonly Comment[]; people?: readonly Person[] | undefined }

function CommentList({ comments, people }: ListProps) {
  const authorOf = ({ author }: Comment): string | null =>
    author && people ? namesOf([author], people) : null
  return (
    <ol aria-label={t`Comments`} className="space-y-1.5">
      {comments.map((one) => (
        <li key={one.id} className="rounded bg-panel px-2 py-1.5">
          <p className="break-words whitespace-pre-wrap">{one.text}</p>
          <p className="text-xs text-ink-3">
            {authorOf(one)}
            {authorOf(one) && one.created ? ' · ' : null}
            {one.created ? <Time iso={one.created} /> : null}
          </p>
        </li>
      ))}
    </ol>
  )
}

function Comments({ rowRef, comments }: { rowRef: RowRef; comments: Json | undefined }) {
  const [text, setText] = useState('')
  const refresh = useRefresh()
  const say = useMutation({
    mutationFn: (words: string) => comment(rowRef, words),
    onSuccess: async () => {
      setText('')
      await refresh()
    },
    onError: (error) => notifyError(t`The comment was not saved`, error),
  })
  const send = (): void => {
    if (text.trim() && !say.isPending) say.mutate(text.trim())
  }
  const said = readComments(comments)
  const { data: people } = useQuery({
    ...peopleQuery(rowRef.from, rowRef.objectId),
    enabled: said.length > 0,
  })
  return (
    <div className="space-y-1.5">
      {said.length ? <CommentList comments={said} people={people} /> : null}
      <div className="flex items-end gap-1.5">
        <MentionBox
          from={rowRef.from}
          objectId={rowRef.objectId}
          value={text}
          onChange={setText}
          onSend={send}
        />
        {text.trim() ? (
          <Button onClick={send} disabled={say.isPending}>
            {t`Send`}
          </Button>
        ) : null}
      </div>
    </div>
  )
}
