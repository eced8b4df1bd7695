import { t } from '@lingui/core/macro'
import { useId, useState, type ReactNode } from 'react'
import { Field, LINE } from '@/components/field'
import { FormDialog } from '@/components/form-dialog'
import { newId } from '@/lib/id'
import { MEASURED, measureOf, readMeasure, unitOf, WAY_LABELS, WAYS, type Way } from './builder'
import {
  GRAINS,
  GRAIN_LABELS,
  KINDS,
  MEASURES,
  UNITS,
  type Chart,
  type Grain,
  type Kind,
  type Measure,
  type Unit,
} from './charts'

const KIND_LABELS: Record<Kind, string> = { series: t`Over time`, top: t`Top list`, number: t`Big number` }
const UNIT_LABELS: Record<Unit, string> = {
  '': t`plain`,
  s: t`seconds`,
  tok: t`tokens`,
  $: t`dollars`,
  '%': t`rate`,
}

type Props = {
  chart: Chart | null
  onSave: (chart: Chart) => void
  onClose: () => void
  /** Fields to choose from, as SQL paths. */
  fields: readonly string[]
  preview: (chart: Chart) => ReactNode
}

/** Make or change a chart: pick something to start from, choose what is measured, or write the SQL. */
export function ChartEditor({ chart, onSave, onClose, fields, preview }: Props) {
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
      <MeasureFields
        grain={draft.grain}
        measure={measure}
        unit={draft.unit}
        fields={fields}
        onChange={change}
      />
      <Field label={draft.kind === 'top' ? t`A row for each` : t`A row for each (top lists)`}>
        <Suggested
          value={draft.by ?? ''}
          options={fields}
          disabled={draft.kind !== 'top'}
          placeholder="metadata.user_id"
          onChange={(by) => change({ by })}
        />
      </Field>
      <Field label={t`Only rows where (SQL, optional)`}>
        <Suggested
          value={draft.where ?? ''}
          options={fields}
          placeholder="metadata.tier = 'pro'"
          onChange={(where) => change({ where })}
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

type MeasureProps = {
  grain: Grain
  measure: Measure
  unit: Unit
  fields: readonly string[]
  onChange: (part: Partial<Chart>) => void
}

/** How rows become a value, of what, and in which unit. */
function MeasureFields({ grain, measure, unit, fields, onChange }: MeasureProps) {
  const [way, setWay] = useState<Way>(readMeasure(measure).way)
  const read = readMeasure(measure)
  // What was chosen stays on show while it fits: SQL that happens to read as a sum is not taken out of one's hands.
  const fits = way === 'sql' || measure.sql === '' || measureOf(way, read.of).sql === measure.sql
  const shown = fits ? way : read.way
  const set = (next: Way, of: string): void => {
    setWay(next)
    onChange({ measures: [measureOf(next, of)], unit: unitOf(next, of, grain, unit) })
  }
  const of = shown === 'sql' ? measure.sql : read.of
  const label = shown === 'sql' ? t`Measure, in SQL` : shown === 'share' ? t`Condition, in SQL` : t`Field`
  const known = MEASURED[grain].map(([field]) => field)
  return (
    <>
      <Field label={t`Value`}>
        <Pick
          value={shown}
          options={WAYS.map((one) => [one, WAY_LABELS[one]])}
          onChange={(next) => set(next as Way, next === 'sql' ? measure.sql : read.way === 'sql' ? '' : of)}
        />
      </Field>
      {shown === 'count' ? null : (
        <Field label={label}>
          <Suggested
            value={of}
            options={shown === 'distinct' || shown === 'share' ? fields : known}
            placeholder={shown === 'sql' ? 'sum(metrics.tokens) / count(*)' : (known[0] ?? '')}
            onChange={(text) => set(shown, text)}
          />
        </Field>
      )}
      <Field label={t`Unit`}>
        <Pick
          value={unit}
          options={UNITS.map((one) => [one, UNIT_LABELS[one]])}
          onChange={(next) => onChange({ unit: next as Unit })}
        />
      </Field>
    </>
  )
}

type SuggestedProps = {
  value: string
  options: readonly string[]
  placeholder: string
  disabled?: boolean
  onChange: (value: string) => void
}

/** A field for SQL that offers what is known. */
function Suggested({ value, options, placeholder, disabled, onChange }: SuggestedProps) {
  const id = useId()
  return (
    <>
      <input
        className={`${LINE} font-mono text-s`}
        value={value}
        list={id}
        disabled={disabled}
        spellCheck={false}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={id}>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </datalist>
    </>
  )
}

function fresh(): Chart {
  return {
    id: newId(),
    title: '',
    kind: 'series',
    grain: 'traces',
    unit: '',
    measures: [measureOf('count', '')],
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
