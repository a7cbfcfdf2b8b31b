/**
 * The contents of one file held in memory: a sparse array of pages, so that Kafka's preallocated index files (10 MiB of
 * zeros each) cost nothing until something is written into them. Reads of holes give zeros, as a file system does.
 */

const PAGE_BYTES = 64 * 1024

export class MemoryFileData {
  sizeBytes = 0
  modifiedMs = 0
  private readonly pages: (Buffer | undefined)[] = []

  /** Fills `target[offset, offset+length)` from `position`; returns the bytes read, short only at the end. */
  read(position: number, target: Buffer, offset: number, length: number): number {
    const end = Math.min(position + length, this.sizeBytes)
    let at = position
    while (at < end) {
      const inPage = at % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - inPage, end - at)
      const to = offset + (at - position)
      const page = this.pages[(at - inPage) / PAGE_BYTES]
      const held = page === undefined ? 0 : Math.max(0, Math.min(count, page.length - inPage))
      if (held > 0) page!.copy(target, to, inPage, inPage + held)
      if (held < count) target.fill(0, to + held, to + count)
      at += count
    }
    return Math.max(0, end - position)
  }

  write(position: number, bytes: Uint8Array): void {
    let done = 0
    while (done < bytes.length) {
      const at = position + done
      const inPage = at % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - inPage, bytes.length - done)
      const page = this.pageFor((at - inPage) / PAGE_BYTES, inPage + count)
      page.set(count === bytes.length ? bytes : bytes.subarray(done, done + count), inPage)
      done += count
    }
    this.sizeBytes = Math.max(this.sizeBytes, position + bytes.length)
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) {
      const inPage = sizeBytes % PAGE_BYTES
      const last = (sizeBytes - inPage) / PAGE_BYTES
      this.pages[last]?.fill(0, Math.min(inPage, this.pages[last].length))
      this.pages.length = Math.min(this.pages.length, inPage === 0 ? last : last + 1)
    }
    this.sizeBytes = sizeBytes
  }

  toBuffer(): Buffer {
    const whole = Buffer.allocUnsafe(this.sizeBytes)
    this.read(0, whole, 0, this.sizeBytes)
    return whole
  }

  /** Bytes of memory behind the file, holes not counted. */
  heldBytes(): number {
    return this.pages.reduce((sum, page) => sum + (page?.length ?? 0), 0)
  }

  /** The page, grown (by doubling) until it holds `needed` bytes: small files stay small. */
  private pageFor(index: number, needed: number): Buffer {
    const page = this.pages[index]
    if (page !== undefined && page.length >= needed) return page
    let length = page?.length ?? 256
    while (length < needed) length *= 2
    const grown = Buffer.alloc(Math.min(length, PAGE_BYTES))
    page?.copy(grown)
    this.pages[index] = grown
    return grown
  }
}
