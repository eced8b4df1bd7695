import { t } from '@lingui/core/macro'
import { useId, useState, type ReactNode } from 'react'
import type { Comparison } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Popover } from '@/components/ui/popover'
import { LEVELS, type Judging } from '@/lib/search-params'
import { levelText } from './verdict'

const FIELD = 'field mt-1 block h-7 w-full px-1.5 max-sm:h-9'
const NO_CLUSTERS = 'none'

type Props = {
  comparison: Comparison
  judging: Judging
  /** Paths of the cases that could be a cluster key. */
  paths: readonly string[]
  onJudging: (changes: Judging) => void
}

/** How the comparison is judged: what the address says in place of what the project has set. */
export function JudgingMenu({ comparison, judging, paths, onJudging }: Props) {
  const { cluster_key: cluster } = comparison
  const changed = Object.values(judging).some((value) => value !== undefined)
  const known = [judging.cluster, cluster].filter((path) => path && path !== NO_CLUSTERS) as string[]
  return (
    <Popover
      title={t`How it is judged`}
      trigger={
        <Button active={changed} className="!h-6.5 min-w-0 !shrink">
          <span className="truncate">
            {cluster ? t`Judged in clusters` : changed ? t`Judged as set here` : t`Judged`}
          </span>
        </Button>
      }
    >
      <div className="space-y-2.5 text-s">
        <Choice
          label={t`Cases that belong together`}
          hint={t`Cases with one value there count as dependent: intervals get wider.`}
          value={judging.cluster ?? ''}
          onChange={(value) => onJudging({ cluster: value || undefined })}
          options={[
            ['', t`as the project says`],
            [NO_CLUSTERS, t`each case stands for itself`],
            ...[...new Set([...known, ...paths])].map((path): [string, string] => [path, path]),
          ]}
        />
        <Margin value={judging.margin} onChange={(margin) => onJudging({ margin })} />
        <Choice
          label={t`Several scores`}
          hint={t`Looking at many scores makes one of them move by chance.`}
          value={judging.correction ?? ''}
          onChange={(value) => onJudging({ correction: value === 'bh' ? 'bh' : undefined })}
          options={[
            ['', t`Holm: no false verdict at all`],
            ['bh', t`Benjamini–Hochberg: few of those found`],
          ]}
        />
        <Choice
          label={t`Confidence`}
          value={judging.level ?? ''}
          onChange={(value) => onJudging({ level: value || undefined })}
          options={[
            ['', '95 %'],
            ...[...new Set([...LEVELS, ...(judging.level ? [judging.level] : [])])].map(
              (level): [string, string] => [level, levelText(Number(level))],
            ),
          ]}
        />
        <Choice
          label={t`Intervals`}
          value={judging.method ?? ''}
          onChange={(value) => onJudging({ method: value === 'bca' ? 'bca' : undefined })}
          options={[
            ['', t`by what suits the values`],
            ['bca', t`BCa bootstrap, pass and fail aside`],
          ]}
        />
        {changed ? (
          <Button
            onClick={() =>
              onJudging({
                cluster: undefined,
                margin: undefined,
                correction: undefined,
                level: undefined,
                method: undefined,
              })
            }
          >
            {t`As the project says`}
          </Button>
        ) : null}
      </div>
    </Popover>
  )
}

function Choice({
  label,
  hint,
  value,
  onChange,
  options,
}: {
  label: string
  hint?: string
  value: string
  onChange: (value: string) => void
  options: readonly [string, string][]
}) {
  const id = useId()
  return (
    <Field id={id} label={label} hint={hint}>
      <select
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className={FIELD}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  )
}

/** Taken over when the field is left or Enter is pressed: every digit on the way would be a margin of its own. */
function Margin({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const id = useId()
  const [text, setText] = useState(value ?? '')
  const [taken, setTaken] = useState(value)
  if (value !== taken) {
    setTaken(value)
    setText(value ?? '')
  }
  const take = (): void => {
    const margin = Number(text)
    onChange(text !== '' && margin >= 0 ? String(margin) : undefined)
  }
  return (
    <Field id={id} label={t`Equivalent within ±`}>
      <input
        id={id}
        type="number"
        min={0}
        step="any"
        className={FIELD}
        placeholder={t`each score's own, else 0.01`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take()
        }}
      />
    </Field>
  )
}

function Field({
  id,
  label,
  hint,
  children,
}: {
  id: string
  label: string
  hint?: string | undefined
  children: ReactNode
}) {
  return (
    <div>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children}
      {hint ? (
        <span id={`${id}-hint`} className="mt-0.5 block text-xs text-ink-3">
          {hint}
        </span>
      ) : null}
    </div>
  )
}
