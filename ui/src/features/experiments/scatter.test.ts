import { describe, expect, it } from 'vitest'
import { namesBeside } from './scatter'

const dot = (label: string, x: number, y: number) => ({ key: label, label, x, y })

describe('names beside dots', () => {
  it('stand to the right, or to the left where the right has no room', () => {
    expect(namesBeside([dot('one', 100, 50)], 300)).toEqual([{ key: 'one', text: 'one', x: 109, y: 44 }])
    const [left] = namesBeside([dot('one', 295, 50)], 300)
    expect(left!.x).toBeLessThan(286)
  })

  it('do not cover each other: the second goes below, the third is left out', () => {
    const names = namesBeside([dot('first', 100, 50), dot('second', 104, 50), dot('third', 108, 50)], 400)
    expect(names.map(({ key, y }) => [key, y])).toEqual([
      ['first', 44],
      ['second', 64],
    ])
  })

  it('are left out where there are many, and cut where they are long', () => {
    expect(
      namesBeside(
        Array.from({ length: 13 }, (_, i) => dot(`${i}`, i * 50, 50)),
        900,
      ),
    ).toEqual([])
    expect(namesBeside([dot('x'.repeat(60), 10, 50)], 900)[0]!.text).toHaveLength(29)
  })
})
