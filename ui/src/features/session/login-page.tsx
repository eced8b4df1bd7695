import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { ApiError } from '@/api/client'
import { login } from '@/api/objects'
import { Code } from '@/components/states'
import { Mark } from '../shell/mark'

/** /login?token=…: trade the one-time token for a session and go on. Without a token: how to get one. */
export function LoginPage() {
  const { token, next } = useSearch({ from: '/login' })
  const [failure, setFailure] = useState<Error | null>(null)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const spent = useRef<string | null>(null)

  useEffect(() => {
    // A token works once, and development mode runs effects twice.
    if (!token || spent.current === token) return
    spent.current = token
    login(token)
      .then(() => {
        queryClient.clear()
        return navigate({ href: safePath(next), replace: true })
      })
      .catch((error: unknown) => setFailure(error instanceof Error ? error : new Error(String(error))))
  }, [token, next, navigate, queryClient])

  return (
    <main className="flex h-full items-start justify-center overflow-auto px-4 pt-[18vh]">
      <div className="w-full max-w-md">
        <Mark size={32} />
        {token && !failure ? (
          <p role="status" className="mt-4 text-l">
            {t`Signing in…`}
          </p>
        ) : (
          <>
            <h1 className="mt-4 text-xl font-semibold tracking-[-0.01em]">
              {failure ? t`This link does not work any more` : t`Sign in to Assay`}
            </h1>
            {failure ? (
              <p role="alert" className="mt-2 text-worse">
                {failure.message}
                {failure instanceof ApiError && failure.requestId ? (
                  <span className="text-ink-3">
                    {' '}
                    <Trans>Request {failure.requestId}</Trans>
                  </span>
                ) : null}
              </p>
            ) : null}
            <p className="mt-2 text-ink-2">
              {failure
                ? t`A link works once and for a short while. Ask for a new one on the machine that has your API key:`
                : t`There is no password. Ask for a link that signs this browser in on the machine that has your API key:`}
            </p>
            <Code text="assay login --browser" />
            <p className="mt-3 text-s text-ink-3">
              {t`The server also prints such a link when it starts for the first time.`}
            </p>
          </>
        )}
      </div>
    </main>
  )
}

/** Only paths of this site; anything else goes home. */
function safePath(next: string | undefined): string {
  return next && /^\/app(\/|$)/.test(next) ? next : '/app'
}
