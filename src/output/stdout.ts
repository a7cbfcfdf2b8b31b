/**
 * Streams to stdout with back-pressure, so that a slow reader slows the command instead of filling memory. A reader that
 * went away (`| head`) is a good end, not a failure: `ClosedPipe` tells the command to stop.
 */
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
