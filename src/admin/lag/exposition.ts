/**
 * The text that Prometheus reads (format 0.0.4). Samples of a family stand together, while groups come one after another: a
 * page takes the samples of each in, and keeps finished text only, as bytes.
 */

export type Labels = Readonly<Record<string, string | number>>
/** Labels and value; a value that is not known is left out. */
export type Samples = Iterable<readonly [labels: Labels, value: number | null]>

interface FamilyHead {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  /** One sentence without a full stop. */
  readonly help: string
}

export interface Family extends FamilyHead {
  samples(): Samples
}

/** A family of which each group, or whatever a page is made of, has samples. */
export interface FamilyOf<T> extends FamilyHead {
  samples(of: T): Samples
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const PIECE_CHARS = 16_384

/** One family's text: pieces, and the piece that is being made. */
class FamilyText {
  readonly #head: string
  readonly #name: string
  readonly #pieces: Buffer[] = []
  #piece = ''

  constructor({ name, help, type }: FamilyHead) {
    this.#name = name
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  }

  add(samples: Samples): void {
    for (const [labels, value] of samples) {
      if (value === null) continue
      if (this.#piece === '' && this.#pieces.length === 0) this.#piece = this.#head
      this.#piece += `${this.#name}${labelsText(labels)} ${valueText(value)}\n`
      if (this.#piece.length >= PIECE_CHARS) this.#finish()
    }
  }

  /** None for a family without samples. */
  pieces(): readonly Buffer[] {
    this.#finish()
    return this.#pieces
  }

  #finish(): void {
    if (this.#piece !== '') this.#pieces.push(Buffer.from(this.#piece))
    this.#piece = ''
  }
}

/** A page of families: those of what is added to it, in their order, then further ones. Families without samples are left out. */
export class ExpositionPage<T> {
  readonly #families: readonly (readonly [FamilyOf<T>, FamilyText])[]
  readonly #others: FamilyText[] = []

  constructor(families: readonly FamilyOf<T>[]) {
    this.#families = families.map((family) => [family, new FamilyText(family)])
  }

  /** Takes the samples of one more in. */
  add(one: T): void {
    for (const [family, text] of this.#families) text.add(family.samples(one))
  }

  /** Puts whole families behind the others. */
  end(families: Iterable<Family>): void {
    for (const family of families) {
      const text = new FamilyText(family)
      text.add(family.samples())
      this.#others.push(text)
    }
  }

  *pieces(): Generator<Buffer, void, undefined> {
    for (const [, text] of this.#families) yield* text.pieces()
    for (const text of this.#others) yield* text.pieces()
  }
}

function labelsText(labels: Labels): string {
  let text = ''
  for (const key in labels) {
    const value = String(labels[key])
    const safe = /["\\\n]/.test(value) ? escaped(value) : value
    text += `${text === '' ? '{' : ','}${key}="${safe}"`
  }
  return text === '' ? '' : `${text}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
