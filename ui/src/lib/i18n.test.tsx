import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { Trans } from './i18n'

it('shows values as they are, also those that look like elements of the message', () => {
  const message = ['Delete “<0>', ['0'], '</0>” of ', ['1']] as unknown as string
  const shown = renderToStaticMarkup(
    <Trans
      id="x"
      message={message}
      values={{ 0: '<b>Ours</b>', 1: '<0>mine</0>' }}
      components={{ 0: <i /> }}
    />,
  )
  expect(shown).toBe('Delete “<i>&lt;b&gt;Ours&lt;/b&gt;</i>” of &lt;0&gt;mine&lt;/0&gt;')
})
