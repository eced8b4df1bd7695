import type { Experiment } from '@/api/types'

/** "main@4f2c1d9", with a star when the work tree had changes; '' without git metadata. */
export function gitLabel({ repo_info, commit }: Pick<Experiment, 'repo_info' | 'commit'>): string {
  const sha = (repo_info?.commit ?? commit)?.slice(0, 7) ?? ''
  const text = [repo_info?.branch, sha].filter(Boolean).join('@')
  return text && repo_info?.dirty ? `${text}*` : text
}
