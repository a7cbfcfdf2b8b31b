/**
 * A reader of DER, and of the BER that some tools write into PKCS12 files (indefinite lengths, strings in pieces). Knows
 * nothing of what the values mean. Throws RangeError for bytes that are no such encoding; never reads past its input.
 */

export const DER = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30, set: 0x31 } as const
const CONSTRUCTED = 0x20
const DEPTH_MAX = 32

/** One element: its tag byte, and its contents without tag and length. */
export class DerNode {
  readonly tag: number
  readonly contents: Buffer
  /** Tag, length and contents. */
  readonly raw: Buffer

  constructor(tag: number, contents: Buffer, raw: Buffer) {
    this.tag = tag
    this.contents = contents
    this.raw = raw
  }

  /** The elements inside a constructed one. */
  get children(): DerNode[] {
    const found: DerNode[] = []
    for (let position = 0; position < this.contents.length; ) {
      const { node, end } = readAt(this.contents, position, 0)
      found.push(node)
      position = end
    }
    return found
  }

  /** The element at `index` inside. Throws RangeError when it is not there. */
  child(index: number): DerNode {
    const found = this.children[index]
    if (found === undefined) throw new RangeError(`an element of ${this.children.length} parts has no part ${index}`)
    return found
  }

  /** An octet string, also one that comes in pieces. */
  get octets(): Buffer {
    if ((this.tag & CONSTRUCTED) === 0) return this.contents
    return Buffer.concat(this.children.map((piece) => piece.octets))
  }

  /** A whole number of up to 6 bytes. */
  get integer(): number {
    if (this.contents.length === 0 || this.contents.length > 6) throw new RangeError('a number that is too large')
    return this.contents.readIntBE(0, this.contents.length)
  }

  /** An object identifier as text: `1.2.840.113549.1.7.1`. */
  get oid(): string {
    if (this.tag !== DER.oid || this.contents.length === 0) throw new RangeError('no object identifier')
    const parts: number[] = []
    let value = 0
    for (const byte of this.contents) {
      value = value * 128 + (byte & 0x7f)
      if (byte >= 0x80) continue
      if (parts.length === 0) {
        const first = Math.min(Math.floor(value / 40), 2)
        parts.push(first, value - first * 40)
      } else parts.push(value)
      value = 0
    }
    return parts.join('.')
  }
}

/** The first element of `bytes`. */
export function readDer(bytes: Buffer): DerNode {
  return readAt(bytes, 0, 0).node
}

function readAt(bytes: Buffer, position: number, depth: number): { node: DerNode; end: number } {
  const tag = bytes[position]
  const first = bytes[position + 1]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('no DER')
  if (first === 0x80) return readIndefinite(bytes, position, tag, depth)
  let start = position + 2
  let length = first
  if (first > 0x80) {
    const count = first & 0x7f
    if (count > 5 || start + count > bytes.length) throw new RangeError('no DER length')
    length = bytes.readUIntBE(start, count)
    start += count
  }
  const end = start + length
  if (end > bytes.length) throw new RangeError('a DER element ends early')
  return { node: new DerNode(tag, bytes.subarray(start, end), bytes.subarray(position, end)), end }
}

/** An element that ends with two zero bytes instead of giving its length. */
function readIndefinite(bytes: Buffer, position: number, tag: number, depth: number): { node: DerNode; end: number } {
  if ((tag & CONSTRUCTED) === 0 || depth > DEPTH_MAX) throw new RangeError('no BER')
  const start = position + 2
  let at = start
  while (bytes[at] !== 0 || bytes[at + 1] !== 0) at = readAt(bytes, at, depth + 1).end
  return { node: new DerNode(tag, bytes.subarray(start, at), bytes.subarray(position, at + 2)), end: at + 2 }
}
