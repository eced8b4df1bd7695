import { describe, expect, it } from 'vitest'
import type { Json } from '@/lib/json'
import { asFile, bytesOf, fileOfPart, ownPath, sizeOf, viewOf } from './attachments'

const PNG = 'data:image/png;base64,iVBORw0KGgo='

describe('asFile', () => {
  it('reads references and data: URIs', () => {
    expect(
      asFile({ type: 'braintrust_attachment', key: 'k', filename: 'a.png', content_type: 'image/png' }),
    ).toEqual({ kind: 'stored', key: 'k', filename: 'a.png', contentType: 'image/png' })
    expect(asFile({ type: 'external_attachment', url: 's3://b/dir/a.wav' })).toMatchObject({
      kind: 'external',
      filename: 'a.wav',
    })
    expect(asFile(PNG)).toMatchObject({ kind: 'inline', contentType: 'image/png', filename: 'inline.png' })
  })

  it('leaves everything else alone', () => {
    const others: Json[] = ['text', 'data: none', 'data:,x', null, 3, {}, { type: 'braintrust_attachment' }]
    for (const value of others) expect(asFile(value)).toBeNull()
  })
})

describe('fileOfPart', () => {
  it('reads the parts of OpenAI and Anthropic', () => {
    expect(fileOfPart({ type: 'image_url', image_url: { url: PNG } })).toMatchObject({ kind: 'inline' })
    expect(fileOfPart({ type: 'input_image', image_url: PNG })).toMatchObject({ contentType: 'image/png' })
    expect(fileOfPart({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } })).toMatchObject({
      contentType: 'audio/wav',
    })
    expect(
      fileOfPart({
        type: 'file',
        file: { file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' },
      }),
    ).toMatchObject({ filename: 'a.pdf', contentType: 'application/pdf' })
    expect(
      fileOfPart({ type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' } }),
    ).toMatchObject({ kind: 'inline', contentType: 'image/webp' })
    const stored = { type: 'braintrust_attachment', key: 'k', filename: 'f', content_type: 'image/png' }
    expect(fileOfPart({ type: 'image_url', image_url: { url: stored } })).toMatchObject({ kind: 'stored' })
  })

  it('names what is elsewhere', () => {
    expect(fileOfPart({ type: 'image_url', image_url: { url: 'https://x.test/a.png?b' } })).toMatchObject({
      kind: 'external',
      filename: 'a.png',
    })
    expect(fileOfPart({ type: 'image_url', image_url: { url: 'javascript:alert(1)' } })).toBeNull()
  })
})

it('shows only what cannot run', () => {
  expect(viewOf('IMAGE/PNG; x=y')).toBe('image')
  expect(viewOf('application/pdf')).toBe('pdf')
  for (const type of ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/javascript', ''])
    expect(viewOf(type)).toBe('file')
})

it('reads bytes, and says when it cannot', () => {
  expect([...bytesOf('data:text/plain;charset=utf-8;base64,aGk=')!]).toEqual([104, 105])
  expect([...bytesOf('data:text/plain,h%69')!]).toEqual([104, 105])
  expect(bytesOf('data:image/png;base64,%%%')).toBeNull()
  expect(sizeOf('data:text/plain;base64,aGk=')).toBe(3)
})

it('takes only links to files of this server, at this address', () => {
  expect(ownPath('http://inside:1/files/abc')).toBe('/files/abc')
  expect(ownPath('/files/abc')).toBe('/files/abc')
  expect(ownPath('https://evil.test/x.png')).toBeNull()
  expect(ownPath('::')).toBeNull()
})
