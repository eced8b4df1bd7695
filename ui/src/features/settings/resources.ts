/** What can be set up, described once: where it lives in the API, what a row shows, what is asked to make one. */

import { t } from '@lingui/core/macro'
import { term } from '@/lib/terms'
import { kindLabel, kindOf, madeOf } from './aggregate'

export type Scope = { orgId: string; projectId: string | null }
export type Item = { id: string; name?: string; [key: string]: unknown }

export type FieldSpec = {
  key: string
  label: string
  kind?: 'text' | 'secret' | 'color' | 'choice'
  choices?: readonly { value: string; label: string }[]
  placeholder?: string
  optional?: boolean
  hint?: string
}

export type ColumnSpec = {
  label: string
  show: (item: Item) => string | null
  kind?: 'time' | 'mono' | 'color'
}

export type Resource = {
  id: string
  title: string
  /** One sentence on what these are for. */
  about: string
  path: string
  /** What the server checks: the kind of object, and the action for making and changing one. */
  guard: { kind: string; write: 'create' | 'update' }
  /** Query of the list. */
  where?: (scope: Scope) => Record<string, string>
  columns: readonly ColumnSpec[]
  create?: {
    label: string
    fields: readonly FieldSpec[]
    /** A dialog of its own asks for it. */
    as?: 'aggregate'
    /** Fields the server needs besides those asked. */
    also?: (scope: Scope) => Record<string, unknown>
  }
  /** What taking one away is called and means; absent where it cannot be. */
  remove?: {
    label: string
    ask: (name: string) => string
    warning: string
    body?: (scope: Scope) => Record<string, unknown>
  }
  /** Keys of the queries that a change shows in, besides the list. */
  shownIn?: readonly string[]
  /** The answer to a creation holds this secret, which is shown once. */
  reveals?: 'key'
  fixed?: (item: Item) => boolean
  /** What opening one is called, where there is more to it than the list shows. */
  open?: { label: string; as: 'group' | 'role' | 'aggregate'; when?: (item: Item) => boolean }
}

const text = (item: Item, key: string): string | null => {
  const value = item[key]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}
const column = (label: string, key: string, kind?: ColumnSpec['kind']): ColumnSpec => ({
  label,
  show: (item) => text(item, key),
  ...(kind ? { kind } : {}),
})
const CREATED = column(t`Created`, 'created', 'time')
const NAME = column(t`Name`, 'name')
const name = (placeholder: string): FieldSpec => ({ key: 'name', label: t`Name`, placeholder })
const DELETE = { label: t`Delete`, ask: (what: string) => t`Delete “${what}”?` }
const REVOKE = { label: t`Revoke`, ask: (what: string) => t`Revoke “${what}”?` }
const DESCRIPTION: FieldSpec = { key: 'description', label: t`Description`, optional: true }

const PROVIDERS = [
  { value: 'openai', label: t`OpenAI` },
  { value: 'anthropic', label: t`Anthropic` },
  { value: 'google', label: t`Google` },
] as const

export const ORGANIZATION: readonly Resource[] = [
  {
    id: 'groups',
    title: t`Groups`,
    about: t`Several people who get access together.`,
    path: '/v1/group',
    guard: { kind: 'group', write: 'create' },
    columns: [
      NAME,
      column(t`Description`, 'description'),
      { label: t`People`, show: (item) => count(item.member_users) },
      { label: t`Groups in it`, show: (item) => count(item.member_groups) },
      CREATED,
    ],
    create: { label: t`New group`, fields: [name(t`Annotators`), DESCRIPTION] },
    remove: { ...DELETE, warning: t`Access given to the group ends.` },
    open: { label: t`Members`, as: 'group' },
  },
  {
    id: 'roles',
    title: t`Roles`,
    about: t`Bundles of permissions. The built-in ones cannot be changed.`,
    path: '/v1/role',
    guard: { kind: 'role', write: 'create' },
    columns: [
      NAME,
      column(t`Description`, 'description'),
      { label: t`Permissions`, show: (item) => permissions(item.member_permissions) },
      CREATED,
    ],
    create: { label: t`New role`, fields: [name(t`Labeller`), DESCRIPTION] },
    remove: { ...DELETE, warning: t`Access given by the role ends.` },
    open: { label: t`Permissions`, as: 'role' },
    fixed: (item) => item.org_id == null,
  },
  {
    id: 'api-keys',
    title: t`API keys`,
    about: t`Your own keys. A key may do what you may do.`,
    path: '/v1/api_key',
    guard: { kind: 'api_key', write: 'create' },
    columns: [
      NAME,
      column(t`Key`, 'preview_name', 'mono'),
      CREATED,
      column(t`Expires`, 'expires_at', 'time'),
    ],
    create: { label: t`New key`, fields: [name('laptop')] },
    remove: { ...REVOKE, warning: t`Programs that use the key stop working at once.` },
    reveals: 'key',
  },
  {
    id: 'service-tokens',
    title: t`Service tokens`,
    about: t`Keys of programs, not of people: they outlive whoever made them.`,
    path: '/v1/service_token',
    guard: { kind: 'service_token', write: 'create' },
    columns: [
      NAME,
      column(t`Account`, 'service_account_name'),
      column(t`Key`, 'preview_name', 'mono'),
      CREATED,
    ],
    create: {
      label: t`New token`,
      fields: [name('deploy'), { key: 'service_account_name', label: t`Account`, placeholder: t`ci` }],
    },
    remove: { ...REVOKE, warning: t`Programs that use the token stop working at once.` },
    reveals: 'key',
  },
  {
    id: 'providers',
    title: t`Model providers`,
    about: t`Keys the gateway calls models with. They are encrypted, and never shown again.`,
    path: '/v1/ai_secret',
    guard: { kind: 'ai_secret', write: 'create' },
    columns: [
      NAME,
      column(t`Provider`, 'type'),
      column(t`Key`, 'preview_secret', 'mono'),
      column(t`Changed`, 'updated_at', 'time'),
    ],
    create: {
      label: t`New provider key`,
      fields: [
        { key: 'name', label: t`Name`, placeholder: 'OPENAI_API_KEY' },
        { key: 'type', label: t`Provider`, kind: 'choice', choices: PROVIDERS },
        { key: 'secret', label: t`Key`, kind: 'secret' },
      ],
    },
    remove: { ...DELETE, warning: t`The gateway can no longer call this provider with it.` },
  },
  {
    id: 'environments',
    title: t`Environments`,
    about: t`Names such as production, to which versions of prompts and datasets are pinned.`,
    path: '/environment',
    guard: { kind: 'environment', write: 'create' },
    columns: [NAME, column(t`Slug`, 'slug', 'mono'), column(t`Description`, 'description'), CREATED],
    create: {
      label: t`New environment`,
      fields: [name(t`Production`), { key: 'slug', label: t`Slug`, placeholder: t`production` }, DESCRIPTION],
    },
    remove: { ...DELETE, warning: t`What is pinned to it is pinned no longer.` },
  },
  {
    id: 'sharing',
    title: t`Sharing`,
    about: t`Links that show one experiment, trace or board to whoever has them, without signing in.`,
    path: '/v1/shared_link',
    guard: { kind: 'project', write: 'update' },
    columns: [
      NAME,
      column(t`Shows`, 'kind'),
      column(t`Link`, 'preview_token', 'mono'),
      CREATED,
      column(t`Ends`, 'expires_at', 'time'),
    ],
    remove: { ...REVOKE, warning: t`Whoever has the link sees nothing any more.` },
  },
  variables('organization'),
]

export const PROJECT: readonly Resource[] = [
  {
    id: 'tags',
    title: t`Tags`,
    about: t`Known tags with a colour. Rows may have any tag; these are the ones to choose from.`,
    path: '/v1/project_tag',
    guard: { kind: 'project', write: 'update' },
    where: inProject,
    columns: [NAME, column(t`Colour`, 'color', 'color'), column(t`Description`, 'description'), CREATED],
    create: {
      label: t`New tag`,
      fields: [
        name('triage'),
        { key: 'color', label: t`Colour`, kind: 'color', optional: true },
        DESCRIPTION,
      ],
      also: inProject,
    },
    remove: { ...DELETE, warning: t`Rows keep the tag.` },
  },
  {
    id: 'scores',
    title: t`Scores`,
    about: t`Questions to people, which Review asks, and scores made of other scores, which experiments show.`,
    path: '/v1/project_score',
    guard: { kind: 'project', write: 'update' },
    where: inProject,
    columns: [
      NAME,
      { label: t`Kind`, show: kindLabel },
      { label: t`Made of`, show: madeOf },
      column(t`Description`, 'description'),
      CREATED,
    ],
    create: { label: t`New aggregate score`, fields: [], as: 'aggregate' },
    open: { label: t`Edit`, as: 'aggregate', when: (item) => kindOf(item) !== null },
    remove: {
      ...DELETE,
      warning: t`Scores already given stay; one made of others is no longer shown.`,
    },
    shownIn: ['comparison', 'cases', 'known-scores', 'score-configs'],
  },
  {
    id: 'automations',
    title: t`Automations`,
    about: t`What is to happen when rows arrive, or in time. They are kept; this version carries out only retention.`,
    path: '/v1/project_automation',
    guard: { kind: 'project', write: 'update' },
    where: inProject,
    columns: [
      NAME,
      { label: t`Event`, show: (item) => text((item.config ?? {}) as Item, 'event_type') },
      column(t`Description`, 'description'),
      CREATED,
    ],
    remove: { ...DELETE, warning: t`It is gone for everyone in the project.` },
  },
  {
    id: 'views',
    title: t`Views`,
    about: t`Kept filters and columns, queries and boards. They are made where they are used.`,
    path: '/v1/view',
    guard: { kind: 'project', write: 'update' },
    where: ({ projectId }) => ({ object_type: 'project', object_id: projectId ?? '' }),
    columns: [NAME, column(t`Of`, 'view_type'), column(t`Description`, 'description'), CREATED],
    remove: { ...DELETE, warning: t`It is gone for everyone in the project.` },
  },
  variables('project'),
]

function inProject({ projectId }: Scope): Record<string, string> {
  return { project_id: projectId ?? '' }
}

/** Variables of code that runs on the server; their values are never shown again. */
function variables(of: 'organization' | 'project'): Resource {
  const where = ({ orgId, projectId }: Scope): Record<string, string> => ({
    object_type: of,
    object_id: of === 'project' ? (projectId ?? '') : orgId,
  })
  return {
    id: 'variables',
    title: t`Environment variables`,
    about: t`Secrets for functions. They are encrypted, and never shown again.`,
    path: '/v1/env_var',
    guard: { kind: of, write: 'update' },
    where,
    columns: [
      column(t`Name`, 'name', 'mono'),
      column(t`Value`, 'preview_secret', 'mono'),
      CREATED,
      column(t`Used`, 'used', 'time'),
    ],
    create: {
      label: t`New variable`,
      fields: [
        { key: 'name', label: t`Name`, placeholder: 'SEARCH_API_KEY' },
        { key: 'value', label: t`Value`, kind: 'secret' },
      ],
      also: where,
    },
    remove: { ...DELETE, warning: t`Functions that read it no longer find it.` },
  }
}

function count(value: unknown): string {
  return Array.isArray(value) ? String(value.length) : '0'
}

function permissions(value: unknown): string | null {
  if (!Array.isArray(value)) return null
  const names = value.map((one: unknown) => String((one as { permission?: unknown })?.permission ?? one))
  return [...new Set(names)].map(term).join(', ')
}
