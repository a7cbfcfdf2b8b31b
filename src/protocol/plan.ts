/**
 * A message at one version, resolved: which fields stand in the body, which in the tag section, which are absent; how
 * lengths are written; the fewest bytes and the rough JavaScript memory of each element. What the compiler works from.
 */
import { ApiError } from './errors.ts'
import { defaultOfField } from './interpret.ts'
import { type Field, type FieldType, inVersions, type Message, type Primitive, type Struct } from './schema.ts'

export type FixedName = Exclude<Primitive, 'string' | 'bytes' | 'records'>

export type TypePlan =
  | { readonly kind: 'fixed'; readonly name: FixedName; readonly size: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'array'; readonly element: TypePlan; readonly minimum: number; readonly cost: number }
  | { readonly kind: 'struct'; readonly struct: StructPlan }

export interface SlotPlan {
  readonly name: string
  /** Dotted path from the message, for errors. */
  readonly path: string
  readonly where: 'body' | 'tag' | 'absent'
  readonly tag: number
  readonly nullable: boolean
  /** Nullable at some version: null is then a matter of the version, not a bug. */
  readonly everNullable: boolean
  /** Lengths are unsigned varints, one more than the length. */
  readonly compact: boolean
  readonly ignorable: boolean
  readonly default: unknown
  readonly type: TypePlan
}

export interface StructPlan {
  readonly slots: readonly SlotPlan[]
  /** Tagged slots by ascending tag. */
  readonly tagged: readonly SlotPlan[]
  /** A tag section follows the body. */
  readonly flexible: boolean
  readonly minimum: number
  readonly cost: number
}

export const fixedSize: Record<FixedName, number> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  int64Exact: 8,
  float64: 8,
  uuid: 16,
}

/** Rough bytes of V8 heap: an object's header, a slot, a number outside the small integers, a string, an empty array. */
const COST = { object: 24, slot: 8, number: 16, string: 24, array: 32, view: 96 } as const

/** Names may go into generated source: nothing else than plain identifiers passes. */
const IDENTIFIER = /^[a-z][A-Za-z0-9]*$/

/** Throws ApiError UNSUPPORTED_VERSION for a version that the message does not have. */
export function planOf(schema: Message, version: number): StructPlan {
  if (!inVersions(schema.versions, version)) {
    throw new ApiError('UNSUPPORTED_VERSION', `${schema.name} has no version ${version}, only ${schema.versions}`)
  }
  return structPlan(schema, version, inVersions(schema.flexible, version), '')
}

function structPlan(struct: Struct, version: number, flexible: boolean, path: string): StructPlan {
  const slots = Object.entries(struct.fields).map(([name, field]) => slotPlan(name, field, version, flexible, path))
  const tagged = slots.filter((slot) => slot.where === 'tag').sort((a, b) => a.tag - b.tag)
  let minimum = flexible ? 1 : 0
  let cost = COST.object
  for (const slot of slots) {
    const nullableStruct = slot.nullable && slot.type.kind === 'struct'
    if (slot.where === 'body') minimum += nullableStruct ? 1 : minimumOf(slot.type, slot.compact)
    cost += COST.slot + (nullableStruct ? 0 : costOf(slot.type))
  }
  return { slots, tagged, flexible, minimum, cost }
}

function slotPlan(name: string, field: Field, version: number, flexible: boolean, parent: string): SlotPlan {
  if (!IDENTIFIER.test(name)) throw new Error(`'${name}' is no field name`)
  const { versions = '0+', nullable, tag, tagged = versions, ignorable = false } = field.options
  const path = parent === '' ? name : `${parent}.${name}`
  const isTagged = tag !== undefined && inVersions(tagged, version)
  const compact = field.options.flexible === undefined ? flexible : inVersions(field.options.flexible, version)
  return {
    name,
    path,
    where: isTagged ? 'tag' : inVersions(versions, version) ? 'body' : 'absent',
    tag: tag ?? -1,
    nullable: nullable !== undefined && inVersions(nullable, version),
    everNullable: nullable !== undefined,
    compact,
    ignorable,
    default: defaultOfField(field),
    type: typePlan(field.type, version, flexible, compact, path),
  }
}

function typePlan(type: FieldType, version: number, flexible: boolean, compact: boolean, path: string): TypePlan {
  if (type.kind === 'struct') return { kind: 'struct', struct: structPlan(type.struct, version, flexible, path) }
  if (type.kind === 'array') {
    const element = typePlan(type.element, version, flexible, compact, path)
    const cost = COST.slot + costOf(element)
    return { kind: 'array', element, minimum: Math.max(1, minimumOf(element, compact)), cost }
  }
  if (type.name === 'string') return { kind: 'text' }
  if (type.name === 'bytes' || type.name === 'records') return { kind: 'bytes' }
  return { kind: 'fixed', name: type.name, size: fixedSize[type.name] }
}

function minimumOf(type: TypePlan, compact: boolean): number {
  if (type.kind === 'fixed') return type.size
  if (type.kind === 'struct') return type.struct.minimum
  if (compact) return 1
  return type.kind === 'text' ? 2 : 4
}

function costOf(type: TypePlan): number {
  switch (type.kind) {
    case 'struct':
      return type.struct.cost
    case 'array':
      return COST.array
    case 'text':
      return COST.string
    case 'bytes':
      return COST.view
    case 'fixed':
      return type.name === 'uuid' ? COST.string : type.size === 8 ? COST.number : 0
  }
}
