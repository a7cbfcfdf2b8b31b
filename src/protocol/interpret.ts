/**
 * The slow codec: walks the schema field by field for every value. It is the readable statement of the wire format and
 * the oracle that the compiled codec is tested against; nothing on a hot path uses it.
 */
import { readInt64, writeInt64, writeUnsignedVarint } from '../base/bytes.ts'
import { uuidFromBytes, uuidToBytes, ZERO_UUID } from '../base/uuid.ts'
import { ApiError, ProtocolError } from './errors.ts'
import { type Field, type FieldType, inVersions, type Message, type Primitive, type Struct } from './schema.ts'

type Values = { [name: string]: unknown }

/** A field's value where a version lacks it: the default given, else the zero value of its type. */
export function defaultOfField(field: Field): unknown {
  const given = field.options.default
  if (given === null) return null
  if (field.type.kind === 'array') return []
  if (field.type.kind === 'struct') return defaultOfStruct(field.type.struct)
  if (given !== undefined) return field.type.name === 'int64Exact' ? BigInt(given) : given
  switch (field.type.name) {
    case 'bool':
      return false
    case 'string':
      return ''
    case 'bytes':
      return Buffer.alloc(0)
    case 'records':
      // Null in Kafka; where a later version forbids that, empty, which every version can carry.
      return field.options.nullable?.endsWith('+') ? null : Buffer.alloc(0)
    case 'uuid':
      return ZERO_UUID
    case 'int64Exact':
      return 0n
    default:
      return 0
  }
}

export function defaultOfStruct(struct: Struct): Values {
  return Object.fromEntries(Object.entries(struct.fields).map(([name, field]) => [name, defaultOfField(field)]))
}

function isDefault(field: Field, value: unknown): boolean {
  if (value === undefined) return true
  const byDefault = defaultOfField(field)
  if (value === null || byDefault === null) return value === byDefault
  if (field.type.kind === 'array') return (value as unknown[]).length === 0
  if (field.type.kind === 'struct') {
    return Object.entries(field.type.struct.fields).every(([name, inner]) => isDefault(inner, (value as Values)[name]))
  }
  if (Buffer.isBuffer(byDefault)) return bytesOf(value).length === 0
  return value === byDefault
}

function bytesOf(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.concat(value as Buffer[])
}

interface Place {
  readonly version: number
  readonly messageFlexible: boolean
}

function isPresent(field: Field, place: Place): boolean {
  return inVersions(field.options.versions ?? '0+', place.version)
}

function isTagged(field: Field, place: Place): boolean {
  const { tag, tagged, versions } = field.options
  return tag !== undefined && inVersions(tagged ?? versions ?? '0+', place.version)
}

function isNullable(field: Field, place: Place): boolean {
  return field.options.nullable !== undefined && inVersions(field.options.nullable, place.version)
}

function isFlexible(field: Field, place: Place): boolean {
  return field.options.flexible === undefined
    ? place.messageFlexible
    : inVersions(field.options.flexible, place.version)
}

function placeOf(schema: Message, version: number): Place {
  if (!inVersions(schema.versions, version)) {
    throw new ApiError('UNSUPPORTED_VERSION', `${schema.name} has no version ${version}, only ${schema.versions}`)
  }
  return { version, messageFlexible: inVersions(schema.flexible, version) }
}

// ---- encoding

/** Encodes `value` as `encodeMessage` does. */
export function interpretEncode(schema: Message, version: number, value: object): Buffer {
  const out: Buffer[] = []
  encodeStruct(schema, value as Values, placeOf(schema, version), out)
  return Buffer.concat(out)
}

function encodeStruct(struct: Struct, value: Values, place: Place, out: Buffer[]): void {
  const tagged: { tag: number; body: Buffer }[] = []
  for (const [name, field] of Object.entries(struct.fields)) {
    const given = value[name]
    if (isTagged(field, place)) {
      if (isDefault(field, given)) continue
      const body: Buffer[] = []
      encodeField(name, field, given, place, body)
      tagged.push({ tag: field.options.tag!, body: Buffer.concat(body) })
    } else if (isPresent(field, place)) {
      encodeField(name, field, given === undefined ? defaultOfField(field) : given, place, out)
    } else if (!field.options.ignorable && !isDefault(field, given)) {
      throw new ApiError('UNSUPPORTED_VERSION', `version ${place.version} cannot carry a value of '${name}'`)
    }
  }
  if (!place.messageFlexible) return
  tagged.sort((a, b) => a.tag - b.tag)
  out.push(unsigned(tagged.length))
  for (const { tag, body } of tagged) out.push(unsigned(tag), unsigned(body.length), body)
}

function encodeField(name: string, field: Field, value: unknown, place: Place, out: Buffer[]): void {
  const flexible = isFlexible(field, place)
  const { type } = field
  if (value === null) {
    if (!isNullable(field, place)) {
      throw new ApiError('UNSUPPORTED_VERSION', `version ${place.version} cannot carry null in '${name}'`)
    }
    if (type.kind === 'struct') out.push(Buffer.from([isTagged(field, place) ? 0 : 255]))
    else out.push(lengthOf(type, -1, flexible))
    return
  }
  if (type.kind === 'struct' && isNullable(field, place)) out.push(Buffer.from([1]))
  encodeValue(name, type, value, place, flexible, out)
}

function encodeValue(
  name: string,
  type: FieldType,
  value: unknown,
  place: Place,
  flexible: boolean,
  out: Buffer[],
): void {
  if (type.kind === 'struct') {
    encodeStruct(type.struct, value as Values, place, out)
  } else if (type.kind === 'array') {
    const items = value as unknown[]
    out.push(lengthOf(type, items.length, flexible))
    for (const item of items) encodeValue(name, type.element, item, place, flexible, out)
  } else if (type.name === 'string') {
    const text = Buffer.from(value as string)
    if (text.length > 0x7fff) throw new ApiError('INVALID_REQUEST', `'${name}' is longer than 32767 bytes`)
    out.push(lengthOf(type, text.length, flexible), text)
  } else if (type.name === 'bytes' || type.name === 'records') {
    const bytes = bytesOf(value)
    out.push(lengthOf(type, bytes.length, flexible), bytes)
  } else {
    out.push(encodeFixed(type.name, value))
  }
}

function encodeFixed(name: Primitive, value: unknown): Buffer {
  const number = value as number
  switch (name) {
    case 'bool':
      return Buffer.from([value ? 1 : 0])
    case 'int8':
      return fixed(1, (b) => b.writeInt8(number))
    case 'int16':
      return fixed(2, (b) => b.writeInt16BE(number))
    case 'uint16':
      return fixed(2, (b) => b.writeUInt16BE(number))
    case 'int32':
      return fixed(4, (b) => b.writeInt32BE(number))
    case 'uint32':
      return fixed(4, (b) => b.writeUInt32BE(number))
    case 'int64':
      return fixed(8, (b) => writeInt64(b, 0, number))
    case 'int64Exact':
      return fixed(8, (b) => b.writeBigInt64BE(value as bigint))
    case 'float64':
      return fixed(8, (b) => b.writeDoubleBE(number))
    default:
      return uuidToBytes(value as string)
  }
}

function fixed(size: number, write: (bytes: Buffer) => unknown): Buffer {
  const bytes = Buffer.alloc(size)
  write(bytes)
  return bytes
}

function unsigned(value: number): Buffer {
  const bytes = Buffer.alloc(5)
  return bytes.subarray(0, writeUnsignedVarint(bytes, 0, value))
}

function lengthOf(type: FieldType, length: number, flexible: boolean): Buffer {
  if (flexible) return unsigned(length + 1)
  if (type.kind === 'primitive' && type.name === 'string') return fixed(2, (b) => b.writeInt16BE(length))
  return fixed(4, (b) => b.writeInt32BE(length))
}

// ---- decoding

class Reader {
  readonly bytes: Buffer
  position: number

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes
    this.position = position
  }

  /** Moves over `size` bytes and returns where they start. */
  take(size: number): number {
    if (size > this.bytes.length - this.position) throw new ProtocolError('message ends early', this.position)
    this.position += size
    return this.position - size
  }

  unsigned(): number {
    const start = this.position
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.bytes[this.take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new ProtocolError('varint of more than 5 bytes', start)
  }

  length(type: FieldType, flexible: boolean): number {
    if (flexible) return this.unsigned() - 1
    if (type.kind === 'primitive' && type.name === 'string') return this.bytes.readInt16BE(this.take(2))
    return this.bytes.readInt32BE(this.take(4))
  }
}

/** Decodes as `decodeAt` does. */
export function interpretDecode(
  schema: Message,
  version: number,
  bytes: Buffer,
  position = 0,
): { value: unknown; end: number } {
  const reader = new Reader(bytes, position)
  const value = decodeStruct(schema, placeOf(schema, version), reader)
  return { value, end: reader.position }
}

function decodeStruct(struct: Struct, place: Place, reader: Reader): Values {
  const value: Values = {}
  for (const [name, field] of Object.entries(struct.fields)) {
    const inBody = isPresent(field, place) && !isTagged(field, place)
    value[name] = inBody ? decodeField(field, place, reader) : defaultOfField(field)
  }
  if (!place.messageFlexible) return value
  const count = reader.unsigned()
  for (let i = 0; i < count; i += 1) {
    const tag = reader.unsigned()
    const size = reader.unsigned()
    const start = reader.take(size)
    const known = Object.entries(struct.fields).find(([, f]) => f.options.tag === tag && isTagged(f, place))
    if (known === undefined) continue
    reader.position = start
    value[known[0]] = decodeField(known[1], place, reader)
    if (reader.position !== start + size) throw new ProtocolError(`tag ${tag} is not as long as it says`, start)
  }
  return value
}

function decodeField(field: Field, place: Place, reader: Reader): unknown {
  const flexible = isFlexible(field, place)
  const nullable = isNullable(field, place)
  if (field.type.kind === 'struct' && nullable) {
    // A nullable struct has a sign in front: a signed byte in the body, an unsigned varint in a tag.
    const present = isTagged(field, place) ? reader.unsigned() > 0 : reader.bytes.readInt8(reader.take(1)) >= 0
    if (!present) return null
  }
  return decodeValue(field.type, place, flexible, nullable, reader)
}

function decodeValue(type: FieldType, place: Place, flexible: boolean, nullable: boolean, reader: Reader): unknown {
  if (type.kind === 'struct') return decodeStruct(type.struct, place, reader)
  if (type.kind === 'primitive' && type.name !== 'string' && type.name !== 'bytes' && type.name !== 'records') {
    return decodeFixed(type.name, reader)
  }
  const start = reader.position
  const length = reader.length(type, flexible)
  if (length < 0) {
    if (nullable) return null
    throw new ProtocolError('null where a value must be', start)
  }
  if (type.kind === 'array') {
    if (length * Math.max(1, minimumSize(type.element, place, flexible)) > reader.bytes.length - reader.position) {
      throw new ProtocolError(`${length} elements do not fit`, start)
    }
    return Array.from({ length }, () => decodeValue(type.element, place, flexible, false, reader))
  }
  if (type.name === 'string' && length > 0x7fff) throw new ProtocolError('string longer than 32767 bytes', start)
  const from = reader.take(length)
  if (type.name === 'string') return reader.bytes.toString('utf8', from, from + length)
  return reader.bytes.subarray(from, from + length)
}

function decodeFixed(name: Primitive, reader: Reader): unknown {
  const { bytes } = reader
  const start = reader.take(minimumOf[name])
  switch (name) {
    case 'bool':
      return bytes[start] !== 0
    case 'int8':
      return bytes.readInt8(start)
    case 'int16':
      return bytes.readInt16BE(start)
    case 'uint16':
      return bytes.readUInt16BE(start)
    case 'int32':
      return bytes.readInt32BE(start)
    case 'uint32':
      return bytes.readUInt32BE(start)
    case 'int64':
      return readInt64(bytes, start)
    case 'int64Exact':
      return bytes.readBigInt64BE(start)
    case 'float64':
      return bytes.readDoubleBE(start)
    default:
      return uuidFromBytes(bytes, start)
  }
}

const minimumOf: Record<Primitive, number> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  int64Exact: 8,
  float64: 8,
  string: 2,
  bytes: 4,
  records: 4,
  uuid: 16,
}

/** Fewest bytes that a value of this type takes. */
export function minimumSize(type: FieldType, place: Place, flexible: boolean): number {
  if (type.kind === 'array') return flexible ? 1 : 4
  if (type.kind === 'primitive') {
    const variable = type.name === 'string' || type.name === 'bytes' || type.name === 'records'
    return variable && flexible ? 1 : minimumOf[type.name]
  }
  let size = place.messageFlexible ? 1 : 0
  for (const field of Object.values(type.struct.fields)) {
    if (!isPresent(field, place) || isTagged(field, place)) continue
    const nullableStruct = field.type.kind === 'struct' && isNullable(field, place)
    size += nullableStruct ? 1 : minimumSize(field.type, place, isFlexible(field, place))
  }
  return size
}
