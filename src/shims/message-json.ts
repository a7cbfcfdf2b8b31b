/**
 * Messages as the JSON that Kafka's converters make of them: fields in the order of the schema, those that the version does not carry
 * left out, and tagged fields with their default too; bytes as base64; numbers whole, however large.
 */
import { type Field, type FieldType, inVersions, type Message, type Struct } from '../protocol/schema.ts'

/** JSON text, without blanks. `replace` gives the text of fields that are shown in another way. */
export function messageJson(
  schema: Message | Struct,
  version: number,
  value: unknown,
  replace?: (name: string, value: unknown, whole: Readonly<Record<string, unknown>>) => string | undefined,
): string {
  const whole = value as Readonly<Record<string, unknown>>
  const parts: string[] = []
  for (const [name, field] of Object.entries(schema.fields as Record<string, Field>)) {
    const given = whole[name]
    if (!inVersions(field.options.versions ?? '0+', version) || isUntold(field, version, given)) continue
    const text = replace?.(name, given, whole) ?? valueJson(field.type, version, given, replace)
    parts.push(`${JSON.stringify(name)}:${text}`)
  }
  return `{${parts.join(',')}}`
}

type Replace = Parameters<typeof messageJson>[3]

/** A tagged field that holds its default is not on the wire, and not shown. */
function isUntold({ type, options }: Field, version: number, value: unknown): boolean {
  if (options.tag === undefined || !inVersions(options.tagged ?? options.versions ?? '0+', version)) return false
  if (options.default !== undefined) return value === options.default
  if (type.kind === 'array') return (value as readonly unknown[] | null)?.length === 0
  if (type.kind === 'struct' || value === null) return false
  switch (type.name) {
    case 'bool':
      return value === false
    case 'string':
      return value === ''
    case 'bytes':
    case 'records':
      return (value as Buffer).length === 0
    case 'uuid':
      return value === 'AAAAAAAAAAAAAAAAAAAAAA'
    default:
      return Number(value) === 0
  }
}

function valueJson(type: FieldType, version: number, value: unknown, replace: Replace): string {
  if (value === null || value === undefined) return 'null'
  if (type.kind === 'array')
    return `[${(value as readonly unknown[]).map((one) => valueJson(type.element, version, one, replace)).join(',')}]`
  if (type.kind === 'struct') return messageJson(type.struct, version, value, replace)
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'))
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)) return String(BigInt(value))
  return JSON.stringify(value)
}
