/** What a page shows when it has nothing to show: nothing there yet, an error, no permission. */
import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link, useLocation } from '@tanstack/react-router'
import { Lock, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '@/api/client'
import { term } from '@/lib/terms'
import { CopyButton } from './copy'
import { useOwners } from './forbidden'
import { ScrollX } from './scroll-x'
import { Button, buttonClass } from './ui/button'

type EmptyProps = { title: string; children?: ReactNode; code?: string; actions?: ReactNode }

/** Nothing here yet, and the lines of code that change that. */
export function Empty({ title, children, code, actions }: EmptyProps) {
  return (
    <div className="mx-auto flex w-full max-w-xl flex-col items-start px-6 py-14 max-sm:px-4 max-sm:py-8">
      <h2 className="text-l font-semibold">{title}</h2>
      {children ? <div className="mt-1 text-ink-2">{children}</div> : null}
      {code ? <Code text={code} /> : null}
      {actions ? <div className="mt-4 flex flex-wrap gap-2">{actions}</div> : null}
    </div>
  )
}

/** Leads on from an address that shows nothing. */
export function ToProjects() {
  return (
    <Link to="/app" className={buttonClass()}>
      {t`Go to your projects`}
    </Link>
  )
}

const LISTED = /^\/app\/[^/]+\/p\/[^/]+\/(experiments|datasets|prompts|scorers|review)(?=\/.)/

/** Leads on from something that is not there: to the list it would be in. Whoever has only a link has no list. */
export function WayBack() {
  const { pathname } = useLocation()
  const list = LISTED.exec(pathname)?.[0]
  if (pathname.startsWith('/app/public/')) return null
  return list ? (
    <Link to={list} className={buttonClass()}>
      {t`Back to the list`}
    </Link>
  ) : (
    <ToProjects />
  )
}

export function Code({ text }: { text: string }) {
  return (
    <div className="relative mt-4 w-full rounded-l border border-line bg-panel">
      <ScrollX label={t`Code`} code className="p-3 pr-10 font-mono text-s leading-5 text-ink">
        {text}
      </ScrollX>
      <CopyButton text={text} label={t`Copy code`} className="absolute top-1.5 right-1.5 bg-panel" />
    </div>
  )
}

/** An error with what to do about it and the request id that finds it in the server's log. */
export function ErrorState({
  error,
  retry,
  actions,
  children,
}: {
  error: unknown
  retry?: () => void
  actions?: ReactNode
  /** More about it, below its message. */
  children?: ReactNode
}) {
  const known = error instanceof ApiError ? error : null
  const forbidden = known?.status === 403
  const gone = known?.status === 404
  return (
    <div
      role="alert"
      className="mx-auto flex w-full max-w-xl flex-col items-start px-6 py-14 max-sm:px-4 max-sm:py-8"
    >
      {forbidden ? (
        <Lock size={18} className="mb-2 text-ink-3" />
      ) : (
        <TriangleAlert size={18} className="mb-2 text-worse" />
      )}
      <h2 className="text-l font-semibold">{titleOf(known)}</h2>
      <p className="mt-1 break-words text-ink-2">{error instanceof Error ? error.message : String(error)}</p>
      {children}
      {forbidden ? <Needed error={known} /> : null}
      {known?.requestId ? (
        <p className="mt-3 flex items-center gap-1 text-s text-ink-3">
          <Trans>
            Request <code className="font-mono">{known.requestId}</code>
          </Trans>
          <CopyButton text={known.requestId} label={t`Copy request id`} />
        </p>
      ) : null}
      <div className="mt-4 flex flex-wrap gap-2">
        {actions}
        {gone && !actions ? <WayBack /> : null}
        {retry && !forbidden && !gone ? <Button onClick={retry}>{t`Try again`}</Button> : null}
      </div>
    </div>
  )
}

/** What is missing, by the names the server gives it, and whom to ask. */
function Needed({ error }: { error: ApiError }) {
  const owners = useOwners()
  const { action, object_type: kind } = error.details
  const [does, to] = [action, kind].map((part) => (typeof part === 'string' ? term(part) : ''))
  return (
    <p className="mt-1 break-words text-ink-2">
      {does && to ? t`It needs the permission to ${does} ${to}. Ask ${owners}.` : t`Ask ${owners}.`}
    </p>
  )
}

function titleOf(error: ApiError | null): string {
  if (!error) return t`This page broke`
  if (error.status === 0) return t`The server does not answer`
  if (error.status === 403) return t`You do not have permission`
  if (error.status === 404) return t`There is no such thing here`
  if (error.status === 400 || error.status === 422) return t`The query cannot run`
  return t`The server could not answer`
}
