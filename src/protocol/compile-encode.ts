/**
 * Generates the source of a straight-line encoder for a resolved message: nested loops, one bounds check for each run of
 * fixed-size fields, no dispatch on types at run time.
 */
import type { FixedName, SlotPlan, StructPlan, TypePlan } from './plan.ts'

/** Source of `(sink, value, position) => end`, given the helpers of `compile.ts` by name. */
export function encoderSource(plan: StructPlan, version: number): string {
  return new EncoderSource(version).of(plan)
}

export function literal(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return `${value}n`
  if (Buffer.isBuffer(value)) return 'EMPTY_BYTES'
  if (Array.isArray(value)) return '[]'
  if (typeof value === 'object') {
    return `{${Object.entries(value as object)
      .map(([name, inner]) => `${name}:${literal(inner)}`)
      .join(',')}}`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

class EncoderSource {
  readonly #version: number
  #names = 0
  #lines: string[] = []

  constructor(version: number) {
    this.#version = version
  }

  of(plan: StructPlan): string {
    this.#lines = ['let b = sink.buffer, n = b.length']
    this.#struct(plan, 'value', false)
    this.#lines.push('return p')
    return this.#lines.join('\n')
  }

  #name(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }

  #emit(...lines: string[]): void {
    this.#lines.push(...lines)
  }

  #ensure(size: number): void {
    this.#emit(`if (p + ${size} > n) { sink.grow(p, ${size}); b = sink.buffer; n = b.length }`)
  }

  /** A call that may have changed the buffer. */
  #moved(call: string): void {
    this.#emit(`p = ${call}; b = sink.buffer; n = b.length`)
  }

  #struct(plan: StructPlan, value: string, inTag: boolean): void {
    let run: SlotPlan[] = []
    const flush = () => {
      this.#fixedRun(run, value)
      run = []
    }
    for (const slot of plan.slots) {
      if (slot.where === 'absent') this.#absent(slot, value)
      if (slot.where !== 'body') continue
      if (slot.type.kind === 'fixed') {
        run.push(slot)
        continue
      }
      flush()
      const name = this.#name('v')
      this.#emit(`let ${name} = ${value}.${slot.name}`)
      this.#emit(
        `if (${name} === undefined) ${name} = ${slot.type.kind === 'struct' && slot.default !== null ? '{}' : literal(slot.default)}`,
      )
      this.#variable(slot, name, inTag)
    }
    flush()
    if (plan.flexible) this.#tagSection(plan, value)
  }

  #fixedRun(run: readonly SlotPlan[], value: string): void {
    if (run.length === 0) return
    const size = run.reduce((sum, slot) => sum + (slot.type.kind === 'fixed' ? slot.type.size : 0), 0)
    this.#ensure(size)
    let offset = 0
    for (const slot of run) {
      if (slot.type.kind !== 'fixed') continue
      const name = this.#name('v')
      this.#emit(`let ${name} = ${value}.${slot.name}`)
      this.#emit(`if (${name} === undefined) ${name} = ${literal(slot.default)}`)
      this.#emit(...this.#fixed(slot.type.name, name, offset, slot.path))
      offset += slot.type.size
    }
    this.#emit(`p += ${size}`)
  }

  #fixed(type: FixedName, x: string, offset: number, path: string): string[] {
    const at = offset === 0 ? 'p' : `p + ${offset}`
    const check = (wrong: string) => `if (${wrong}) badValue(${JSON.stringify(path)}, '${type}', ${x})`
    const byte = (i: number, shift: number) => `b[p + ${offset + i}] = ${shift === 0 ? x : `${x} >>> ${shift}`}`
    const two = [byte(0, 8), byte(1, 0)].join('; ')
    const four = [byte(0, 24), byte(1, 16), byte(2, 8), byte(3, 0)].join('; ')
    switch (type) {
      case 'bool':
        return [check(`${x} !== true && ${x} !== false`), `b[${at}] = ${x} ? 1 : 0`]
      case 'int8':
        return [check(`${x} !== (${x} << 24 >> 24)`), `b[${at}] = ${x}`]
      case 'int16':
        return [check(`${x} !== (${x} << 16 >> 16)`), two]
      case 'uint16':
        return [check(`${x} !== (${x} & 65535)`), two]
      case 'int32':
        return [check(`${x} !== (${x} | 0)`), four]
      case 'uint32':
        return [check(`${x} !== (${x} >>> 0)`), four]
      case 'int64':
        return [check(`${x} !== Math.floor(${x})`), `putInt64(b, ${at}, ${x})`]
      case 'int64Exact':
        return [check(`typeof ${x} !== 'bigint'`), `b.writeBigInt64BE(${x}, ${at})`]
      case 'float64':
        return [check(`typeof ${x} !== 'number'`), `b.writeDoubleBE(${x}, ${at})`]
      case 'uuid':
        return [check(`typeof ${x} !== 'string'`), `putUuid(b, ${at}, ${x})`]
    }
  }

  /** A value of changing size, null included. */
  #variable(slot: SlotPlan, x: string, inTag: boolean): void {
    this.#emit(`if (${x} === null) {`)
    if (!slot.nullable) this.#emit(`badNull(${JSON.stringify(slot.path)}, ${slot.everNullable}, ${this.#version})`)
    else if (slot.type.kind === 'struct') {
      this.#ensure(1)
      this.#emit(`b[p++] = ${slot.where === 'tag' ? 0 : 255}`)
    } else if (slot.type.kind === 'text' && !slot.compact) {
      this.#ensure(2)
      this.#emit('b[p++] = 255; b[p++] = 255')
    } else this.#moved(`sink.length(p, -1, ${slot.compact})`)
    this.#emit('} else {')
    if (slot.nullable && slot.type.kind === 'struct') {
      this.#ensure(1)
      this.#emit('b[p++] = 1')
    }
    this.#value(slot.type, x, slot, inTag)
    this.#emit('}')
  }

  #value(type: TypePlan, x: string, slot: SlotPlan, inTag: boolean): void {
    const path = JSON.stringify(slot.path)
    switch (type.kind) {
      case 'fixed':
        this.#ensure(type.size)
        this.#emit(...this.#fixed(type.name, x, 0, slot.path))
        this.#emit(`p += ${type.size}`)
        return
      case 'text':
        this.#emit(`if (typeof ${x} !== 'string') badValue(${path}, 'string', ${x})`)
        this.#moved(`sink.${slot.compact ? 'compactText' : 'classicText'}(p, ${x})`)
        return
      case 'bytes':
        this.#moved(`sink.bytes(p, ${x}, ${slot.compact}, ${inTag})`)
        return
      case 'struct':
        this.#struct(type.struct, x, inTag)
        return
      case 'array': {
        const i = this.#name('i')
        const item = this.#name('v')
        this.#emit(`if (!Array.isArray(${x})) badValue(${path}, 'array', ${x})`)
        this.#moved(`sink.length(p, ${x}.length, ${slot.compact})`)
        if (type.element.kind === 'fixed') {
          const { size, name } = type.element
          this.#emit(
            `if (p + ${x}.length * ${size} > n) { sink.grow(p, ${x}.length * ${size}); b = sink.buffer; n = b.length }`,
          )
          this.#emit(`for (let ${i} = 0; ${i} < ${x}.length; ${i}++) { const ${item} = ${x}[${i}]`)
          this.#emit(...this.#fixed(name, item, 0, slot.path))
          this.#emit(`p += ${size} }`)
          return
        }
        this.#emit(`for (let ${i} = 0; ${i} < ${x}.length; ${i}++) { const ${item} = ${x}[${i}]`)
        this.#value(type.element, item, slot, inTag)
        this.#emit('}')
        return
      }
    }
  }

  #absent(slot: SlotPlan, value: string): void {
    if (slot.ignorable) return
    const given = `${value}.${slot.name}`
    this.#emit(`if (${this.#differs(slot, given)}) cannotCarry(${JSON.stringify(slot.path)}, ${this.#version})`)
  }

  #tagSection(plan: StructPlan, value: string): void {
    if (plan.tagged.length === 0) {
      this.#ensure(1)
      this.#emit('b[p++] = 0')
      return
    }
    const flags = plan.tagged.map(() => this.#name('t'))
    plan.tagged.forEach((slot, i) => {
      this.#emit(`const ${flags[i]} = ${this.#differs(slot, `${value}.${slot.name}`)}`)
    })
    this.#ensure(1)
    this.#emit(`b[p++] = ${flags.map((flag) => `(${flag} ? 1 : 0)`).join(' + ')}`)
    plan.tagged.forEach((slot, i) => {
      const start = this.#name('s')
      const name = this.#name('v')
      this.#emit(`if (${flags[i]}) {`)
      this.#moved(`sink.varint(p, ${slot.tag})`)
      this.#ensure(1)
      this.#emit(`const ${start} = p++`, `const ${name} = ${value}.${slot.name}`)
      if (slot.type.kind === 'fixed') this.#value(slot.type, name, slot, true)
      else this.#variable(slot, name, true)
      this.#moved(`sink.closeTag(${start}, p)`)
      this.#emit('}')
    })
  }

  /** An expression: the value is given and is not the default. */
  #differs(slot: SlotPlan, x: string): string {
    if (slot.default === null) return `(${x} !== undefined && ${x} !== null)`
    switch (slot.type.kind) {
      case 'array':
        return `(${x} !== undefined && (${x} === null || ${x}.length !== 0))`
      case 'bytes':
        return `(${x} !== undefined && (${x} === null || sizeOfBytes(${x}) !== 0))`
      case 'struct': {
        const inner = slot.type.struct.slots.map((field) => this.#differs(field, `${x}.${field.name}`))
        return `(${x} !== undefined && (${x} === null || ${inner.join(' || ') || 'false'}))`
      }
      default:
        return `(${x} !== undefined && ${x} !== ${literal(slot.default)})`
    }
  }
}
