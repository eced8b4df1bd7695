import { t } from '@lingui/core/macro'
import { useState, type ReactNode } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { newId } from '@/lib/id'
import { Field, LINE } from '@/components/field'
import { GRAINS, GRAIN_LABELS, KINDS, MEASURES, UNITS, type Chart, type Kind, type Unit } from './charts'

const KIND_LABELS: Record<Kind, string> = { series: t`Over time`, top: t`Top list`, number: t`Big number` }
const UNIT_LABELS: Record<Unit, string> = {
  '': 'plain',
  s: 'seconds',
  tok: 'tokens',
  $: 'dollars',
  '%': 'rate',
}

type Props = {
  chart: Chart | null
  onSave: (chart: Chart) => void
  onClose: () => void
  preview: (chart: Chart) => ReactNode
}

/** Make or change a chart: pick something to start from, or write the SQL. */
export function ChartEditor({ chart, onSave, onClose, preview }: Props) {
  const [draft, setDraft] = useState<Chart>(chart ?? fresh())
  const change = (part: Partial<Chart>): void => setDraft((now) => ({ ...now, ...part }))
  const measure = draft.measures[0]!
  const ready =
    draft.title.trim() !== '' && measure.sql.trim() !== '' && (draft.kind !== 'top' || Boolean(draft.by))
  return (
    <FormDialog
      title={chart ? t`Change the chart` : t`New chart`}
      width="max-w-2xl"
      action={chart ? t`Keep the change` : t`Add the chart`}
      ready={ready}
      className="grid grid-cols-2 gap-x-4 gap-y-3 max-sm:grid-cols-1"
      onSubmit={() => onSave({ ...draft, title: draft.title.trim() })}
      onClose={onClose}
    >
      <Field label={t`Title`}>
        <input
          className={LINE}
          value={draft.title}
          onChange={(event) => change({ title: event.target.value })}
        />
      </Field>
      <Field label={t`Start from`}>
        <Pick
          value=""
          options={[['', t`choose …`], ...MEASURES.map(({ label }): [string, string] => [label, label])]}
          onChange={(label) => {
            const found = MEASURES.find((item) => item.label === label)
            if (!found) return
            const { label: _, ...part } = found
            change({ ...part, title: draft.title || label })
          }}
        />
      </Field>
      <Field label={t`Kind`}>
        <Pick
          value={draft.kind}
          options={KINDS.map((kind) => [kind, KIND_LABELS[kind]])}
          onChange={(kind) => change({ kind: kind as Kind })}
        />
      </Field>
      <Field label={t`Rows`}>
        <Pick
          value={draft.grain}
          options={GRAINS.map((grain) => [grain, GRAIN_LABELS[grain]])}
          onChange={(grain) => change({ grain: grain as Chart['grain'] })}
        />
      </Field>
      <Field label={t`Measure, in SQL`}>
        <input
          className={`${LINE} font-mono text-s`}
          value={measure.sql}
          spellCheck={false}
          placeholder="sum(metrics.tokens)"
          onChange={(event) => change({ measures: [{ ...measure, sql: event.target.value }] })}
        />
      </Field>
      <Field label={t`Unit`}>
        <Pick
          value={draft.unit}
          options={UNITS.map((unit) => [unit, UNIT_LABELS[unit]])}
          onChange={(unit) => change({ unit: unit as Unit })}
        />
      </Field>
      <label className="col-span-full flex items-center gap-2 text-s">
        <input
          type="checkbox"
          checked={measure.mean ?? false}
          onChange={(event) => change({ measures: [{ ...measure, mean: event.target.checked }] })}
        />
        {t`A value per row: show its mean with a 95 % interval`}
      </label>
      <Field label={t`Only rows where (SQL, optional)`}>
        <input
          className={`${LINE} font-mono text-s`}
          value={draft.where ?? ''}
          spellCheck={false}
          placeholder="metadata.tier = 'pro'"
          onChange={(event) => change({ where: event.target.value })}
        />
      </Field>
      <Field label={draft.kind === 'top' ? t`A row for each` : t`A row for each (top lists)`}>
        <input
          className={`${LINE} font-mono text-s`}
          value={draft.by ?? ''}
          disabled={draft.kind !== 'top'}
          spellCheck={false}
          placeholder="metadata.user_id"
          onChange={(event) => change({ by: event.target.value })}
        />
      </Field>
      {ready ? (
        <section aria-label={t`Preview`} className="col-span-full min-w-0">
          {preview(draft)}
        </section>
      ) : null}
    </FormDialog>
  )
}

function fresh(): Chart {
  return {
    id: newId(),
    title: '',
    kind: 'series',
    grain: 'traces',
    unit: '',
    measures: [{ label: t`value`, sql: '' }],
  }
}

type PickProps = {
  value: string
  options: readonly (readonly [string, string])[]
  onChange: (value: string) => void
}

function Pick({ value, options, onChange }: PickProps) {
  return (
    <select className={LINE} value={value} onChange={(event) => onChange(event.target.value)}>
      {options.map(([option, label]) => (
        <option key={option} value={option}>
          {label}
        </option>
      ))}
    </select>
  )
}
