import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import type { Dataset, Row } from '@/api/types'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import { isObject, parseJson, type Json } from '@/lib/json'
import { Field } from '@/components/field'
import { inferred, SCHEMA_FIELDS, SCHEMAS, schemasOf, type SchemaField, type Schemas } from './schema'

const TITLES: Record<SchemaField, string> = { input: t`Input`, expected: t`Expected`, metadata: t`Metadata` }

type Texts = Record<SchemaField, string>
type Props = { dataset: Dataset; rows: readonly Row[]; onClose: () => void }

const written = (schemas: Schemas): Texts =>
  Object.fromEntries(
    SCHEMA_FIELDS.map((field) => [field, schemas[field] ? JSON.stringify(schemas[field], null, 2) : '']),
  ) as Texts

/** What is wrong with the text of a schema; null when nothing is. */
function problem(text: string): string | null {
  if (text.trim() === '') return null
  const read = parseJson(text)
  if (!read.ok) return t`Line ${read.line}, column ${read.column}: ${read.message}`
  return isObject(read.value) ? null : t`A schema is a JSON object: ${'{ "type": "object" }'}`
}

/** Say what rows look like, as JSON Schemas: fields with one are edited in a form. */
export function SchemasDialog({ dataset, rows, onClose }: Props) {
  const [texts, setTexts] = useState(() => written(schemasOf(dataset.metadata)))
  const client = useQueryClient()
  const problems = SCHEMA_FIELDS.map((field) => problem(texts[field]))
  const save = useMutation({
    mutationFn: () => {
      const schemas = Object.fromEntries(
        SCHEMA_FIELDS.map((field) => [
          field,
          texts[field].trim() ? (JSON.parse(texts[field]) as Json) : null,
        ]),
      )
      return request(`/v1/dataset/${dataset.id}`, {
        method: 'PATCH',
        body: { metadata: { ...dataset.metadata, [SCHEMAS]: schemas } },
      })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['datasets', dataset.project_id] })
      onClose()
    },
  })
  const infer = (): void =>
    setTexts(
      written(
        Object.fromEntries(
          SCHEMA_FIELDS.flatMap((field) => {
            const found = inferred(rows.flatMap((row) => (row[field] == null ? [] : [row[field] as Json])))
            return found ? [[field, found]] : []
          }),
        ),
      ),
    )
  return (
    <FormDialog
      title={t`What rows look like`}
      description={t`A JSON Schema for each field. Fields of simple types are edited in a form, and what does not fit is pointed out. Rows that are there stay as they are.`}
      width="max-w-2xl"
      action={t`Save`}
      ready={problems.every((one) => one === null)}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Button onClick={infer} disabled={rows.length === 0}>
        {t`Take it from the rows on show`}
      </Button>
      {SCHEMA_FIELDS.map((field, i) => (
        <Field key={field} label={TITLES[field]}>
          <textarea
            rows={Math.min(10, Math.max(3, texts[field].split('\n').length))}
            spellCheck={false}
            value={texts[field]}
            placeholder='{ "type": "object", "properties": { "question": { "type": "string" } } }'
            aria-invalid={problems[i] !== null}
            onChange={(event) => setTexts({ ...texts, [field]: event.target.value })}
            className="field block w-full resize-y px-2 py-1.5 font-mono text-[11.5px]/[17px] aria-invalid:border-worse"
          />
          {problems[i] ? (
            <span role="alert" className="font-normal text-worse">
              {problems[i]}
            </span>
          ) : null}
        </Field>
      ))}
    </FormDialog>
  )
}
