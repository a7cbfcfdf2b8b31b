/**
 * The port to what the process itself uses: processor, memory, descriptors, and how busy its event loop is. Read only when
 * somebody asks; what a platform cannot tell is undefined.
 */
export interface ProcessStats {
  /** Seconds of processor time, user and system, since the process began. */
  cpuSeconds(): number
  /** Bytes. */
  residentBytes(): number
  /** Bytes; undefined where the system does not say. */
  virtualBytes(): number | undefined
  /** Bytes of the JavaScript heap in use, of the heap's present size, and of buffers outside of it. */
  heap(): { readonly usedBytes: number; readonly totalBytes: number; readonly externalBytes: number }
  openDescriptors(): number | undefined
  maxDescriptors(): number | undefined
  /** Seconds since the epoch. */
  startedAtSeconds(): number
  /** Since the process began: milliseconds in which the event loop waited, and in which it worked. */
  eventLoop(): { readonly idleMs: number; readonly activeMs: number }
  /** Sockets, timers and other things that the event loop knows of. */
  activeResources(): number
}
