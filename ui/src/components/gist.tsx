import { Fragment } from 'react'
import { parts, type Json } from '@/lib/json'

/** A value on one line, field names in the background. */
export function Gist({ value, limit }: { value: Json | undefined; limit?: number }) {
  return parts(value, limit).map(({ key, text }, i) => (
    // Parts have no identity besides their place.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={i}>
      {i > 0 ? '  ' : null}
      {key ? <span className="text-ink-3">{key} </span> : null}
      {text}
    </Fragment>
  ))
}
