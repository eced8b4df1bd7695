import { Suspense } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { loadLater } from './load-later'

const drawn = (Part: React.ComponentType<{ name: string }>): string =>
  renderToString(
    <Suspense fallback="on its way">
      <Part name="Ada" />
    </Suspense>,
  )

describe('loadLater', () => {
  it('waits for a part that is not there, and shows one that is at once', async () => {
    const Part = loadLater(async () => ({ name }: { name: string }) => <p>Hello {name}</p>)
    expect(drawn(Part)).toContain('on its way')
    await Part.load()
    expect(drawn(Part)).toContain('Hello')
    expect(drawn(Part)).not.toContain('on its way')
  })

  it('asks once, and again after a failure', async () => {
    let asked = 0
    const Part = loadLater(async () => {
      asked += 1
      if (asked === 1) throw new Error('offline')
      return () => <p>here</p>
    })
    await expect(Part.load()).rejects.toThrow('offline')
    await Promise.all([Part.load(), Part.load()])
    expect(asked).toBe(2)
  })
})
