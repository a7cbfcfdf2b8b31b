/**
 * Generates the source of a straight-line decoder for a resolved message: nested loops, one bounds check for each run of
 * fixed-size fields, every count checked against the bytes that remain before its loop begins.
 */
import { literal } from './compile-encode.ts'
import type { FixedName, SlotPlan, StructPlan, TypePlan } from './plan.ts'

/** Source of `(source, b, p, e) => value`, given the helpers of `compile.ts` by name; sets `source.end`. */
export function decoderSource(plan: StructPlan): string {
  return new DecoderSource().of(plan)
}

class DecoderSource {
  #names = 0
  #lines: string[] = []

  of(plan: StructPlan): string {
    const value = this.#struct(plan)
    this.#emit(`const value = ${value}`, 'source.end = p', 'return value')
    return this.#lines.join('\n')
  }

  #name(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }

  #emit(...lines: string[]): void {
    this.#lines.push(...lines)
  }

  #need(size: number | string): void {
    this.#emit(typeof size === 'number' ? `if (p + ${size} > e) endsEarly(p)` : `if (${size} > e - p) endsEarly(p)`)
  }

  /** Reads an unsigned varint into a new variable. */
  #varint(): string {
    const name = this.#name('l')
    this.#need(1)
    this.#emit(`let ${name} = b[p]`)
    this.#emit(`if (${name} < 128) p++; else { ${name} = source.varint(b, p, e); p = source.end }`)
    return name
  }

  /** Emits the reads of a struct and returns the expression that builds it. */
  #struct(plan: StructPlan): string {
    const values = new Map<SlotPlan, string>()
    let run: SlotPlan[] = []
    const flush = () => {
      this.#fixedRun(run, values)
      run = []
    }
    for (const slot of plan.slots) {
      if (slot.where !== 'body') continue
      if (slot.type.kind === 'fixed') {
        run.push(slot)
        continue
      }
      flush()
      const name = this.#name('v')
      this.#emit(`let ${name}`)
      this.#variable(slot, name)
      values.set(slot, name)
    }
    flush()
    for (const slot of plan.tagged) {
      const name = this.#name('v')
      this.#emit(`let ${name}`)
      values.set(slot, name)
    }
    if (plan.flexible) this.#tagSection(plan, values)
    for (const slot of plan.tagged) {
      const name = values.get(slot)!
      this.#emit(`if (${name} === undefined) ${name} = ${literal(slot.default)}`)
    }
    return `{${plan.slots.map((slot) => `${slot.name}: ${values.get(slot) ?? literal(slot.default)}`).join(', ')}}`
  }

  #fixedRun(run: readonly SlotPlan[], values: Map<SlotPlan, string>): void {
    if (run.length === 0) return
    const size = run.reduce((sum, slot) => sum + (slot.type.kind === 'fixed' ? slot.type.size : 0), 0)
    this.#need(size)
    let offset = 0
    for (const slot of run) {
      if (slot.type.kind !== 'fixed') continue
      const name = this.#name('v')
      this.#emit(`const ${name} = ${this.#fixed(slot.type.name, offset)}`)
      values.set(slot, name)
      offset += slot.type.size
    }
    this.#emit(`p += ${size}`)
  }

  #fixed(type: FixedName, offset: number): string {
    const at = (i: number) => (offset + i === 0 ? 'p' : `p + ${offset + i}`)
    const four = (i: number) => `(b[${at(i)}] << 24 | b[${at(i + 1)}] << 16 | b[${at(i + 2)}] << 8 | b[${at(i + 3)}])`
    switch (type) {
      case 'bool':
        return `b[${at(0)}] !== 0`
      case 'int8':
        return `b[${at(0)}] << 24 >> 24`
      case 'int16':
        return `b[${at(0)}] << 24 >> 16 | b[${at(1)}]`
      case 'uint16':
        return `b[${at(0)}] << 8 | b[${at(1)}]`
      case 'int32':
        return four(0)
      case 'uint32':
        return `${four(0)} >>> 0`
      case 'int64':
        return `${four(0)} * 4294967296 + (${four(4)} >>> 0)`
      case 'int64Exact':
        return `b.readBigInt64BE(${at(0)})`
      case 'float64':
        return `b.readDoubleBE(${at(0)})`
      case 'uuid':
        return `source.uuid(b, ${at(0)})`
    }
  }

  /** A value of changing size, null included, into the variable `x`. */
  #variable(slot: SlotPlan, x: string): void {
    const path = JSON.stringify(slot.path)
    if (slot.type.kind === 'struct') {
      if (!slot.nullable) {
        this.#value(slot.type, x, slot)
        return
      }
      if (slot.where === 'tag') {
        this.#emit(`if (${this.#varint()} === 0) ${x} = null; else {`)
      } else {
        this.#need(1)
        this.#emit(`if (b[p++] > 127) ${x} = null; else {`)
      }
      this.#value(slot.type, x, slot)
      this.#emit('}')
      return
    }
    if (slot.type.kind === 'fixed') {
      this.#value(slot.type, x, slot)
      return
    }
    const length = this.#length(slot.type, slot.compact)
    this.#emit(`if (${length} < 0) ${slot.nullable ? `${x} = null` : `isNull(${path}, p)`}; else {`)
    this.#sized(slot.type, length, x, slot)
    this.#emit('}')
  }

  /** Reads a length into a new variable; negative is null. */
  #length(type: TypePlan, compact: boolean): string {
    if (compact) {
      const name = this.#varint()
      this.#emit(`${name} -= 1`)
      return name
    }
    const name = this.#name('l')
    const size = type.kind === 'text' ? 2 : 4
    this.#need(size)
    this.#emit(`const ${name} = ${this.#fixed(size === 2 ? 'int16' : 'int32', 0)}`, `p += ${size}`)
    return name
  }

  /** A value that cannot be null, into `x`. */
  #value(type: TypePlan, x: string, slot: SlotPlan): void {
    if (type.kind === 'struct') {
      this.#emit(`${x} = ${this.#struct(type.struct)}`)
    } else if (type.kind === 'fixed') {
      this.#need(type.size)
      this.#emit(`${x} = ${this.#fixed(type.name, 0)}`, `p += ${type.size}`)
    } else {
      const length = this.#length(type, slot.compact)
      this.#emit(`if (${length} < 0) isNull(${JSON.stringify(slot.path)}, p)`)
      this.#sized(type, length, x, slot)
    }
  }

  #sized(type: TypePlan, length: string, x: string, slot: SlotPlan): void {
    const path = JSON.stringify(slot.path)
    if (type.kind === 'text') {
      this.#emit(`if (${length} > 32767) tooLong(${path}, ${length}, p)`)
      this.#need(length)
      this.#emit(`${x} = source.text(b, p, ${length})`, `p += ${length}`)
    } else if (type.kind === 'bytes') {
      this.#need(length)
      this.#emit(`${x} = b.subarray(p, p + ${length})`, `p += ${length}`)
    } else if (type.kind === 'array') {
      this.#array(type, length, x, slot)
    }
  }

  #array(type: Extract<TypePlan, { kind: 'array' }>, length: string, x: string, slot: SlotPlan): void {
    const path = JSON.stringify(slot.path)
    const { element } = type
    const i = this.#name('i')
    this.#emit(`if (${length} * ${type.minimum} > e - p) tooMany(${path}, ${length}, p)`)
    this.#emit(`if ((source.budget -= ${length} * ${type.cost}) < 0) tooBig(${path}, p)`)
    this.#emit(`${x} = []`)
    this.#emit(`for (let ${i} = 0; ${i} < ${length}; ${i}++) {`)
    if (element.kind === 'fixed') {
      // The whole array was found to fit.
      this.#emit(`${x}.push(${this.#fixed(element.name, 0)})`, `p += ${element.size}`)
    } else if (element.kind === 'struct') {
      const value = this.#struct(element.struct)
      this.#emit(`${x}.push(${value})`)
    } else {
      const item = this.#name('v')
      this.#emit(`let ${item}`)
      this.#value(element, item, slot)
      this.#emit(`${x}.push(${item})`)
    }
    this.#emit('}')
  }

  #tagSection(plan: StructPlan, values: ReadonlyMap<SlotPlan, string>): void {
    const count = this.#varint()
    this.#emit(`for (; ${count} > 0; ${count}--) {`)
    const tag = this.#varint()
    const size = this.#varint()
    const end = this.#name('e')
    this.#need(size)
    this.#emit(`const ${end} = p + ${size}`)
    for (const slot of plan.tagged) {
      this.#emit(`if (${tag} === ${slot.tag}) {`)
      this.#variable(slot, values.get(slot)!)
      this.#emit(`if (p !== ${end}) badTag(${tag}, p)`, '}')
    }
    this.#emit(`p = ${end}`, '}')
  }
}
