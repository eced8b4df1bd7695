import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { ScrollX } from '@/components/scroll-x'
import { request } from '@/api/client'
import { may, type Permissions } from '@/api/permissions'
import { CopyButton } from '@/components/copy'
import { Forbidden, ReadOnlyNote } from '@/components/forbidden'
import { FormDialog } from '@/components/form-dialog'
import { Empty, ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import { postCode, type Read } from '@/lib/request-code'
import { AggregateDialog } from './aggregate-dialog'
import { GroupDialog } from './group-dialog'
import { PanelHead } from './panel-head'
import { RoleDialog } from './role-dialog'
import { Field, LINE } from '@/components/field'
import type { ColumnSpec, FieldSpec, Item, Resource, Scope } from './resources'

type Props = {
  resource: Resource
  scope: Scope
  permissions: Permissions | undefined
  /** What holds for all of them, above the list. */
  children?: ReactNode
}

/** One kind of thing that can be set up: the list, making one, taking one away. */
export function ResourcePanel({ resource, scope, permissions, children }: Props) {
  const client = useQueryClient()
  const queryKey = ['settings', resource.path, scope]
  const { kind: guarded, write } = resource.guard
  const own = guarded === 'api_key' // everybody's keys are their own
  const reads = own || may(permissions, guarded, 'read')
  const writes = own || (permissions !== undefined && may(permissions, guarded, write))
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const params = { ...resource.where?.(scope), limit: 1000 }
      return (await request<{ objects: Item[] }>(resource.path, { params, signal })).objects
    },
    enabled: own || (permissions !== undefined && reads),
  })
  const [asked, setAsked] = useState<{ kind: 'new' } | { kind: 'remove' | 'open'; item: Item } | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const refresh = async (): Promise<void> => {
    const changed = [['settings', resource.path], ...(resource.shownIn ?? []).map((name) => [name])]
    await Promise.all(changed.map((key) => client.invalidateQueries({ queryKey: key })))
  }
  const create = useMutation({
    mutationFn: (values: Record<string, unknown>) =>
      request<Record<string, unknown>>(resource.path, {
        method: 'POST',
        body: { ...values, ...resource.create?.also?.(scope) },
      }),
    onSuccess: async (made) => {
      setAsked(null)
      if (resource.reveals) setSecret(String(made[resource.reveals]))
      await refresh()
    },
  })
  const remove = useMutation({
    mutationFn: (item: Item) => request(`${resource.path}/${item.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      setAsked(null)
      notify(t`Done`)
      await refresh()
    },
  })
  const title = resource.title.toLowerCase()
  const read: Read = {
    path: resource.path,
    params: resource.where?.(scope) ?? {},
    name: 'objects',
    part: '["objects"]',
  }
  if (!reads) return <Forbidden needs={t`read ${title}`} />
  return (
    <section aria-label={resource.title} className="min-w-0">
      <PanelHead title={resource.title} about={resource.about} read={read}>
        {resource.create && writes ? (
          <Button
            variant="primary"
            icon={<Plus size={14} aria-hidden />}
            onClick={() => {
              create.reset()
              setAsked({ kind: 'new' })
            }}
          >
            {resource.create.label}
          </Button>
        ) : null}
      </PanelHead>
      {(permissions || own) && !writes ? (
        <ReadOnlyNote needs={write === 'create' ? t`create ${title}` : t`update this ${guarded}`} />
      ) : null}
      {children}
      {secret ? <Revealed secret={secret} onClose={() => setSecret(null)} /> : null}
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={4} label={t`Loading: ${resource.title}`} /> : null}
      {data?.length === 0 ? <NoneYet resource={resource} scope={scope} writes={writes} /> : null}
      {data?.length ? (
        <Table
          resource={resource}
          items={data}
          writes={writes}
          onOpen={(item) => setAsked({ kind: 'open', item })}
          onRemove={(item) => {
            remove.reset()
            setAsked({ kind: 'remove', item })
          }}
        />
      ) : null}
      {asked && asked.kind !== 'remove' && scope.projectId && aggregated(resource, asked.kind) ? (
        <AggregateDialog
          projectId={scope.projectId}
          item={asked.kind === 'open' ? asked.item : null}
          others={data?.filter((one) => asked.kind === 'new' || one.id !== asked.item.id) ?? []}
          onSaved={refresh}
          onClose={() => setAsked(null)}
        />
      ) : null}
      {asked?.kind === 'new' && resource.create && !resource.create.as ? (
        <CreateDialog
          title={resource.create.label}
          fields={resource.create.fields}
          pending={create.isPending}
          error={create.error}
          onCreate={(values) => create.mutate(values)}
          onClose={() => setAsked(null)}
        />
      ) : null}
      {asked?.kind === 'open' && resource.open?.as === 'group' ? (
        <GroupDialog item={asked.item} onClose={() => setAsked(null)} />
      ) : null}
      {asked?.kind === 'open' && resource.open?.as === 'role' ? (
        <RoleDialog item={asked.item} onClose={() => setAsked(null)} />
      ) : null}
      {asked?.kind === 'remove' && resource.remove ? (
        <FormDialog
          title={resource.remove.ask(asked.item.name ?? asked.item.id)}
          width="max-w-sm"
          action={resource.remove.label}
          danger
          ready
          busy={remove.isPending}
          error={remove.error}
          onSubmit={() => remove.mutate(asked.item)}
          onClose={() => setAsked(null)}
        >
          <p className="text-ink-2">{resource.remove.warning}</p>
        </FormDialog>
      ) : null}
    </section>
  )
}

/** Nothing of the kind, and what makes one: the button above, or the lines below. */
function NoneYet({ resource, scope, writes }: Pick<TableProps, 'resource' | 'writes'> & { scope: Scope }) {
  const { create } = resource
  if (!create || create.as || !writes)
    return <p className="border-t border-line py-4 text-ink-3">{t`None yet.`}</p>
  const asked = create.fields.filter(({ optional }) => !optional)
  const values = asked.map(({ key, placeholder, choices, kind }) => [
    key,
    kind === 'secret' ? '…' : (choices?.[0]?.value ?? placeholder ?? '…'),
  ])
  const body = { ...Object.fromEntries(values), ...create.also?.(scope) }
  return (
    <Empty title={t`None yet`} code={postCode(resource.path, body, window.location.origin)}>
      {t`Make the first with the button above, or from code:`}
    </Empty>
  )
}

const aggregated = (resource: Resource, kind: 'new' | 'open'): boolean =>
  (kind === 'new' ? resource.create?.as : resource.open?.as) === 'aggregate'

function Revealed({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <div role="status" className="mb-3 rounded-l border border-better/40 bg-better-soft p-3">
      <p className="font-medium">{t`Copy it now: it is not shown again.`}</p>
      <p className="mt-1 flex items-center gap-2">
        <code className="min-w-0 flex-1 truncate font-mono text-s">{secret}</code>
        <CopyButton text={secret} label={t`Copy the key`} />
        <Button onClick={onClose}>{t`I have it`}</Button>
      </p>
    </div>
  )
}

type TableProps = {
  resource: Resource
  items: readonly Item[]
  writes: boolean
  onOpen: (item: Item) => void
  onRemove: (item: Item) => void
}

function Table({ resource, items, writes, onOpen, onRemove }: TableProps) {
  return (
    <ScrollX label={resource.title} className="">
      <table className="w-full text-left">
        <thead>
          <tr className="border-y border-line text-xs text-ink-3">
            {resource.columns.map(({ label }) => (
              <th key={label} scope="col" className="py-1.5 pr-4 font-normal whitespace-nowrap">
                {label}
              </th>
            ))}
            <th scope="col">
              <span className="sr-only">{t`Actions`}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id} className="border-b border-line">
              {resource.columns.map((spec) => (
                <td key={spec.label} className="max-w-72 truncate py-1.5 pr-4">
                  <Cell spec={spec} item={item} />
                </td>
              ))}
              <td className="w-8 text-right whitespace-nowrap">
                {resource.open && (writes || resource.open.as === 'role') && opens(resource, item) ? (
                  <Button
                    variant="ghost"
                    aria-label={t`${resource.open.label} of ${item.name ?? item.id}`}
                    onClick={() => onOpen(item)}
                  >
                    {resource.open.label}
                  </Button>
                ) : null}
                {writes && resource.remove && !resource.fixed?.(item) ? (
                  <Button
                    variant="ghost"
                    icon={<Trash2 size={13} aria-hidden />}
                    aria-label={`${resource.remove.label} ${item.name ?? item.id}`}
                    onClick={() => onRemove(item)}
                  />
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  )
}

const opens = (resource: Resource, item: Item): boolean => resource.open?.when?.(item) ?? true

function Cell({ spec, item }: { spec: ColumnSpec; item: Item }) {
  const value = spec.show(item)
  if (value === null || value === '') return <span className="text-ink-3">–</span>
  if (spec.kind === 'time') return <Time iso={value} />
  if (spec.kind === 'mono') return <code className="font-mono text-[11.5px]">{value}</code>
  if (spec.kind === 'color')
    return (
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden className="size-3 rounded-full border border-line" style={{ background: value }} />
        {value}
      </span>
    )
  return <span title={value}>{value}</span>
}

type CreateProps = {
  title: string
  fields: readonly FieldSpec[]
  pending: boolean
  error: Error | null
  onCreate: (values: Record<string, unknown>) => void
  onClose: () => void
}

function CreateDialog({ title, fields, pending, error, onCreate, onClose }: CreateProps) {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.key, field.choices?.[0]?.value ?? ''])),
  )
  return (
    <FormDialog
      title={title}
      width="max-w-sm"
      action={t`Create`}
      ready={fields.every((field) => field.optional || values[field.key]?.trim())}
      busy={pending}
      error={error}
      onSubmit={() => {
        const given = Object.entries(values).filter(([, value]) => value.trim() !== '')
        onCreate(Object.fromEntries(given.map(([key, value]) => [key, value.trim()])))
      }}
      onClose={onClose}
    >
      {fields.map((field, i) => (
        <Field key={field.key} label={field.label} optional={field.optional === true}>
          <Input
            field={field}
            first={i === 0}
            value={values[field.key] ?? ''}
            onChange={(value) => setValues((now) => ({ ...now, [field.key]: value }))}
          />
        </Field>
      ))}
    </FormDialog>
  )
}

type InputProps = { field: FieldSpec; first: boolean; value: string; onChange: (value: string) => void }

function Input({ field, first, value, onChange }: InputProps) {
  if (field.choices)
    return (
      <select className={LINE} value={value} onChange={(event) => onChange(event.target.value)}>
        {field.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    )
  return (
    <input
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- the first field of a dialog just opened
      autoFocus={first}
      type={field.kind === 'secret' ? 'password' : field.kind === 'color' ? 'color' : 'text'}
      autoComplete={field.kind === 'secret' ? 'new-password' : 'off'}
      className={LINE}
      value={field.kind === 'color' && !value ? '#888888' : value}
      placeholder={field.placeholder}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
