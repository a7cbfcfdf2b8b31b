/**
 * The message DSL: one schema per message as plain data, in wire order, from which codecs and TypeScript types derive.
 *
 * Semantics (Kafka's message README): one object stands for all versions; a field absent from a version reads as its
 * default; writing a non-default value that the version cannot carry throws unless the field is `ignorable`; tagged
 * fields exist only in flexible versions. int64 is a `number`: exact within +-(2^53-1), beyond that rounded, and the two
 * extremes of int64 survive a round trip; `int64Exact` is a bigint, for hashes and the like. A uuid is its base64 text.
 */
import type { Uuid } from '../base/uuid.ts'

/** Version range as Kafka writes it: `'none'`, `'3'`, `'0-5'` or `'2+'`. */
export type Versions = string

export type Primitive =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'int64Exact'
  | 'float64'
  | 'string'
  | 'bytes'
  | 'records'
  | 'uuid'

export type FieldType =
  | { readonly kind: 'primitive'; readonly name: Primitive }
  | { readonly kind: 'array'; readonly element: FieldType }
  | { readonly kind: 'struct'; readonly struct: Struct }

export interface FieldOptions {
  /** Versions that carry the field; default: all. */
  readonly versions?: Versions
  readonly nullable?: Versions
  /** Tag number; the field is then written in the tag section of `versions` (or of `tagged`, if narrower). */
  readonly tag?: number
  readonly tagged?: Versions
  /** Value when absent; default: the type's zero value. */
  readonly default?: string | number | bigint | boolean | null
  /** A non-default value may be dropped silently where the version lacks the field. */
  readonly ignorable?: boolean
  /** Key of the collection it stands in (no effect on the wire). */
  readonly mapKey?: boolean
  /** Overrides the message's flexible versions (only RequestHeader.clientId). */
  readonly flexible?: Versions
}

export interface Field<T = unknown> {
  readonly type: FieldType
  readonly options: FieldOptions
  /** Carries the TypeScript type only; never set. */
  readonly __value?: T
}

export interface Struct<F extends Fields = Fields> {
  readonly fields: F
  readonly versions: Versions
}

export type Fields = { readonly [name: string]: Field }

export interface Message<F extends Fields = Fields> extends Struct<F> {
  readonly name: string
  /** Versions Kafka still has; a codec refuses others. */
  readonly versions: Versions
  readonly flexible: Versions
}

type Simplify<T> = { [K in keyof T]: T[K] }
type FieldsValue<F extends Fields> = Simplify<{ -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }>
type Nullable<O, T> = O extends { readonly nullable: string } ? T | null : T

/** The decoded object of a message or struct: every field present. */
export type MessageOf<S> = S extends Struct<infer F> ? FieldsValue<F> : never

type InputValue<T> = T extends Buffer
  ? Buffer | readonly Buffer[]
  : T extends readonly (infer E)[]
    ? readonly InputValue<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: InputValue<T[K]> }
      : T
/** What may be encoded: absent fields take their defaults; record bytes may be given in pieces. */
export type InputOf<S> = InputValue<MessageOf<S>>

function primitive<T>(name: Primitive) {
  return <const O extends FieldOptions = Record<never, never>>(options?: O): Field<Nullable<O, T>> => ({
    type: { kind: 'primitive', name },
    options: options ?? {},
  })
}

export const bool = primitive<boolean>('bool')
export const int8 = primitive<number>('int8')
export const int16 = primitive<number>('int16')
export const uint16 = primitive<number>('uint16')
export const int32 = primitive<number>('int32')
export const uint32 = primitive<number>('uint32')
export const int64 = primitive<number>('int64')
export const int64Exact = primitive<bigint>('int64Exact')
export const float64 = primitive<number>('float64')
export const string = primitive<string>('string')
export const bytes = primitive<Buffer>('bytes')
export const records = primitive<Buffer>('records')
export const uuid = primitive<Uuid>('uuid')

/** A struct used in more than one place of a message, or that has version bounds of its own. */
export function struct<const F extends Fields>(fields: F, versions: Versions = '0+'): Struct<F> {
  return { fields, versions }
}

function isStruct(value: Struct | Fields): value is Struct {
  return typeof (value as Struct).versions === 'string' && 'fields' in value
}

/** A single nested struct, given inline or by name. */
export function object<const F extends Fields, const O extends FieldOptions = Record<never, never>>(
  shape: F | Struct<F>,
  options?: O,
): Field<Nullable<O, FieldsValue<F>>> {
  const nested = isStruct(shape) ? shape : struct(shape)
  return { type: { kind: 'struct', struct: nested }, options: options ?? {} }
}

/** An array of structs. */
export function array<const F extends Fields, const O extends FieldOptions = Record<never, never>>(
  shape: F | Struct<F>,
  options?: O,
): Field<Nullable<O, FieldsValue<F>[]>> {
  const nested = isStruct(shape) ? shape : struct(shape)
  return { type: { kind: 'array', element: { kind: 'struct', struct: nested } }, options: options ?? {} }
}

/** An array of primitives: `list(int32(), {…})`. */
export function list<T, const O extends FieldOptions = Record<never, never>>(
  element: Field<T>,
  options?: O,
): Field<Nullable<O, T[]>> {
  return { type: { kind: 'array', element: element.type }, options: options ?? {} }
}

export function message<const F extends Fields>(
  name: string,
  bounds: { versions: Versions; flexible: Versions },
  fields: F,
): Message<F> {
  return { name, versions: bounds.versions, flexible: bounds.flexible, fields }
}

export interface VersionRange {
  readonly min: number
  /** Inclusive; `Infinity` for an open range. */
  readonly max: number
}

/** Parses a version range; `'none'` is the empty range 1..0. */
export function parseVersions(text: Versions): VersionRange {
  if (text === 'none') return { min: 1, max: 0 }
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text)
  if (match === null) throw new Error(`bad version range '${text}'`)
  const min = Number(match[1])
  return { min, max: match[2] ? Number.POSITIVE_INFINITY : match[3] === undefined ? min : Number(match[3]) }
}

export function inVersions(range: Versions, version: number): boolean {
  const { min, max } = parseVersions(range)
  return version >= min && version <= max
}
