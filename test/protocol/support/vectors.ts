/** Messages as Kafka's own JSON converters print them, turned into our decoded objects for comparison. */
import { defaultOfField } from '../../../src/protocol/interpret.ts'
import type { Field, FieldType, Struct } from '../../../src/protocol/schema.ts'

export interface Vector {
  readonly message: string
  readonly version: number
  readonly bytes: Buffer
  /** Kafka's JSON, integers beyond 15 digits as text. */
  readonly json: JsonObject
}
export type JsonObject = { readonly [name: string]: unknown }

/** A line of the Java program: `CLASS VERSION BASE64 JSON`. */
export function parseVector(line: string): Vector {
  const [message, version, bytes] = line.split(' ', 3) as [string, string, string]
  const json = line.slice(message.length + version.length + bytes.length + 3)
  return { message, version: Number(version), bytes: Buffer.from(bytes, 'base64'), json: parseExact(json) }
}

/** JSON with the integers that a double may round kept as text. */
function parseExact(json: string): JsonObject {
  const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
  return JSON.parse(json.replace(tokens, (token) => (/^-?\d{16,}$/.test(token) ? `"${token}"` : token))) as JsonObject
}

/** The decoded object that these fields stand for; what the JSON leaves out is at its default. */
export function fromJson(struct: Struct, json: JsonObject): { [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(struct.fields).map(([name, field]) => {
      const node = json[name]
      return [name, node === undefined ? defaultOfField(field) : fieldFromJson(field, node)]
    }),
  )
}

function fieldFromJson(field: Field, node: unknown): unknown {
  return node === null ? null : typeFromJson(field.type, node)
}

function typeFromJson(type: FieldType, node: unknown): unknown {
  if (type.kind === 'struct') return fromJson(type.struct, node as JsonObject)
  if (type.kind === 'array') return (node as unknown[]).map((item) => typeFromJson(type.element, item))
  switch (type.name) {
    case 'bytes':
    case 'records':
      return Buffer.from(node as string, 'base64')
    case 'int64Exact':
      return BigInt(node as string | number)
    case 'int64':
    case 'float64':
      return Number(node)
    default:
      return node
  }
}

/** The decoded object with its records emptied: Kafka's JSON leaves their bytes out. */
export function withoutRecords(struct: Struct, value: object): object {
  const fields = value as { readonly [name: string]: unknown }
  return Object.fromEntries(
    Object.entries(struct.fields).map(([name, { type }]) => {
      const given = fields[name]
      if (given === null) return [name, null]
      if (type.kind === 'struct') return [name, withoutRecords(type.struct, given as object)]
      if (type.kind === 'array' && type.element.kind === 'struct') {
        const { struct: element } = type.element
        return [name, (given as object[]).map((item) => withoutRecords(element, item))]
      }
      return [name, type.kind === 'primitive' && type.name === 'records' ? Buffer.alloc(0) : given]
    }),
  )
}

/** Names in the JSON that the schema does not have. */
export function unknownNames(struct: Struct, json: JsonObject): string[] {
  return Object.entries(json).flatMap(([name, node]) => {
    const field = struct.fields[name]
    if (field === undefined) return [name]
    const type = field.type.kind === 'array' ? field.type.element : field.type
    if (type.kind !== 'struct' || node === null) return []
    const { struct: inner } = type
    const items = field.type.kind === 'array' ? (node as JsonObject[]) : [node as JsonObject]
    return items.flatMap((item) => unknownNames(inner, item)).map((path) => `${name}.${path}`)
  })
}
