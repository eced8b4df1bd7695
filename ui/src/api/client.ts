/** The one door to the server: same-origin fetch, JSON both ways, errors as ApiError. */

/** What the server (or the network) said no with. `requestId` finds the line in the server's log. */
import { t } from '@lingui/core/macro'

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  readonly details: Record<string, unknown>

  constructor(
    status: number,
    code: string,
    message: string,
    requestId: string | null,
    details: Record<string, unknown> = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.requestId = requestId
    this.details = details
  }
}

let linkToken: string | null = null

/** Ask as the holder of a shared link from now on, without the cookie; null: as who is signed in. Whether that changed. */
export function actAs(token: string | null): boolean {
  const changed = token !== linkToken
  linkToken = token
  return changed
}

export function actsByLink(): boolean {
  return linkToken !== null
}

type Options = {
  method?: string
  body?: unknown
  signal?: AbortSignal
  params?: Record<string, string | number | null | undefined | readonly string[]>
}

/** Send one request and return its JSON body. Raises ApiError, or the AbortError of `signal`. */
export async function request<T>(
  path: string,
  { method = 'GET', body, signal, params }: Options = {},
): Promise<T> {
  const response = await send(path + queryString(params), method, body, signal)
  const text = await response.text()
  if (!response.ok) throw failure(response, text)
  return (text ? JSON.parse(text) : null) as T
}

/** Like `request`, but hands back the raw response (downloads). */
export async function requestRaw(
  path: string,
  { method = 'GET', body, signal }: Options = {},
): Promise<Response> {
  const response = await send(path, method, body, signal)
  if (!response.ok) throw failure(response, await response.text())
  return response
}

async function send(
  path: string,
  method: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (linkToken) headers.authorization = `Bearer ${linkToken}`
  else if (method !== 'GET') headers['x-assay-csrf'] = '1'
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: linkToken ? 'omit' : 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(
      0,
      'unreachable',
      t`The server does not answer. Is \`assay serve\` still running?`,
      null,
    )
  }
}

function failure(response: Response, text: string): ApiError {
  const requestId = response.headers.get('x-request-id')
  try {
    const { error, detail } = JSON.parse(text) as { error?: Record<string, unknown>; detail?: unknown }
    const { code, message, request_id, ...details } = error ?? {}
    return new ApiError(
      response.status,
      typeof code === 'string' ? code : `http_${response.status}`,
      typeof message === 'string' ? message : typeof detail === 'string' ? detail : response.statusText,
      typeof request_id === 'string' ? request_id : requestId,
      details,
    )
  } catch {
    return new ApiError(
      response.status,
      `http_${response.status}`,
      text.slice(0, 500) || response.statusText,
      requestId,
    )
  }
}

function queryString(params: Options['params']): string {
  const entries = Object.entries(params ?? {}).flatMap(([key, value]): [string, string][] =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item != null && item !== '')
      .map((item) => [key, String(item)]),
  )
  return entries.length ? `?${new URLSearchParams(entries)}` : ''
}
