/**
 * Streams to stdout with back-pressure, so that a slow reader slows the command instead of filling memory. A reader that
 * went away (`| head`) is a good end, not a failure: `ClosedPipe` tells the command to stop.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { MqError } from '../base/errors.ts'

/** Nobody reads stdout any more. Commands end with exit 0. */
export class ClosedPipe extends MqError {
  constructor() {
    super('MQ_CLOSED_PIPE', 'nobody reads the output any more', { exitCode: 0 })
  }
}

let closed = false
let watching = false

function watch(): void {
  if (watching) return
  watching = true
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') closed = true
  })
}

/** Writes and returns when stdout takes more. Throws ClosedPipe when the reader is gone. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  watch()
  if (closed) throw new ClosedPipe()
  if (process.stdout.write(text)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      process.stdout.removeListener('drain', done)
      process.stdout.removeListener('error', done)
      process.stdout.removeListener('close', done)
      resolve()
    }
    process.stdout.once('drain', done).once('error', done).once('close', done)
  })
  if (closed) throw new ClosedPipe()
}

const LOOK_MS = 100

/**
 * Calls `onGone` once when whoever reads stdout through a pipe has gone, also while there is nothing to write: `mq consume T |
 * head -2` ends with head. Linux refuses to open a pipe for writing that nobody reads, which is how it is seen; elsewhere, and
 * where stdout is no pipe, only the next write finds out. Returns what ends the watch.
 */
export function watchReader(onGone: () => void): () => void {
  if (process.platform !== 'linux' || !isPipe()) return () => {}
  const timer = setInterval(() => {
    try {
      closeSync(openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK))
    } catch (error) {
      // Any other refusal (a pipe of another user) says nothing about the reader.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') return
      closed = true
      clearInterval(timer)
      onGone()
    }
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

function isPipe(): boolean {
  try {
    return fstatSync(1).isFIFO()
  } catch {
    // No stdout at all: nobody to watch.
    return false
  }
}
