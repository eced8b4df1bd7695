import { expect, test } from 'vitest'
import { embedCode } from './embed'

test('a name with quotes and tags stays inside its attribute', () => {
  const code = embedCode('https://assay.example/app/public/assay-link-x', '"><script>alert(1)</script>&')
  const title = /title="([^"]*)"/.exec(code)?.[1]
  expect(title).toBe('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;')
  expect(code).toContain('src="https://assay.example/app/public/assay-link-x?embed=1"')
  expect(code.match(/</g)).toHaveLength(2)
})
