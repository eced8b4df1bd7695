import { useEffect, useMemo, useState } from 'react'
import { AT_ONCE, solveLater } from '@/lib/differ'
import { solve, type Found, type Task } from '@/lib/solve'

type Answer = { task: Task; found: Found | Error }

/** The difference of two texts or values: at once for short ones, else undefined until it is found. */
export function useDiff(task: Task, size: number): Found | Error | undefined {
  const large = size > AT_ONCE
  const atOnce = useMemo(() => (large ? undefined : solve(task)), [task, large])
  const [answer, setAnswer] = useState<Answer>()
  useEffect(() => {
    if (!large) return undefined
    let wanted = true
    const take = (found: Found | Error): void => {
      if (wanted) setAnswer({ task, found })
    }
    solveLater(task).then(take, take)
    return () => {
      wanted = false
    }
  }, [task, large])
  return atOnce ?? (answer?.task === task ? answer.found : undefined)
}
