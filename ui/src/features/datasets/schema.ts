/** What the fields of a dataset's rows look like: JSON Schemas in its metadata, which editors turn into forms. */
import { t } from '@lingui/core/macro'
import { createContext } from 'react'
import { isObject, type Json, type JsonObject } from '@/lib/json'

/** Where the metadata of a dataset keeps them, by field. */
export const SCHEMAS = '__schemas'

export type SchemaField = 'input' | 'expected' | 'metadata'
export const SCHEMA_FIELDS: readonly SchemaField[] = ['input', 'expected', 'metadata']

/** The part of JSON Schema that a form can be made of; anything else is edited as JSON. */
export type Schema = JsonObject
export type Schemas = Partial<Record<SchemaField, Schema>>

/** The schemas of the dataset on show. */
export const SchemasContext = createContext<Schemas>({})

/** The schemas that metadata holds; what is no object is none. */
export function schemasOf(metadata: JsonObject | null | undefined): Schemas {
  const stored = metadata?.[SCHEMAS]
  if (!isObject(stored)) return {}
  return Object.fromEntries(
    SCHEMA_FIELDS.flatMap((field) => {
      const schema = stored[field]
      return isObject(schema) && Object.keys(schema).length ? [[field, schema]] : []
    }),
  )
}

export type Kind = 'object' | 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'json'

/** Which control edits a value of a schema. */
export function kindOf(schema: Schema): Kind {
  if (Array.isArray(schema.enum) && schema.enum.length) return 'choice'
  if (schema.type === 'string') return 'text'
  if (schema.type === 'number' || schema.type === 'integer' || schema.type === 'boolean') return schema.type
  return schema.type === 'object' && isObject(schema.properties) ? 'object' : 'json'
}

/** The properties of an object schema, in order. */
export function properties(schema: Schema): [string, Schema][] {
  const found = isObject(schema.properties) ? schema.properties : {}
  return Object.entries(found).map(([name, part]) => [name, isObject(part) ? part : {}])
}

export function isRequired(schema: Schema, name: string): boolean {
  return Array.isArray(schema.required) && schema.required.includes(name)
}

/** What of a value does not fit its schema, each with its place; nothing where a schema says nothing. */
export function misfits(schema: Schema, value: Json | undefined, place = ''): string[] {
  const at = place || t`The value`
  if (value === undefined || value === null)
    return place && schema.type && schema.type !== 'null' ? [t`${at} is empty`] : []
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => same(one, value)))
    return [t`${at} is none of the choices`]
  const wanted = typeof schema.type === 'string' ? schema.type : null
  if (wanted && !hasType(wanted, value)) return [t`${at} is to be of the type ${wanted}`]
  if (isObject(value)) {
    const missing = properties(schema)
      .filter(([name]) => isRequired(schema, name) && value[name] == null)
      .map(([name]) => t`${join(place, name)} is missing`)
    const inside = properties(schema).flatMap(([name, part]) =>
      value[name] == null ? [] : misfits(part, value[name], join(place, name)),
    )
    return [...missing, ...inside]
  }
  if (Array.isArray(value) && isObject(schema.items)) {
    const items = schema.items
    return value.flatMap((item, i) => misfits(items, item, `${place}[${i}]`))
  }
  return []
}

const join = (place: string, name: string): string => (place ? `${place}.${name}` : name)
const same = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other)

function hasType(wanted: string, value: Json): boolean {
  if (wanted === 'integer') return Number.isInteger(value)
  return typeOf(value) === wanted
}

function typeOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** A schema that the values fit: types and members that all of them share; null when they have none in common. */
export function inferred(values: readonly Json[]): Schema | null {
  const there = values.filter((value) => value !== null)
  const types = new Set(there.map(typeOf))
  if (there.length === 0 || types.size !== 1) return null
  const [type] = types
  if (type === 'number') return { type: there.every(Number.isInteger) ? 'integer' : 'number' }
  if (type !== 'object') return { type: type! }
  const rows = there as JsonObject[]
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const parts = names.map((name): [string, Schema] => {
    const known = rows.flatMap((row) => (row[name] === undefined ? [] : [row[name]]))
    return [name, inferred(known) ?? {}]
  })
  const required = names.filter((name) => rows.every((row) => row[name] != null))
  return { type: 'object', properties: Object.fromEntries(parts), ...(required.length ? { required } : {}) }
}
