/**
 * The process of a stand-in for one of Kafka's tools: `node bin/shim.cjs kafka-topics --list …`. Output that nobody reads any
 * more ends it quietly, SIGINT and SIGTERM end it as they end a JVM (130, 143), and what was printed has arrived before the exit.
 */
import { getEventListeners } from 'node:events'
import { runShim } from './run.ts'
import type { ShimIo } from './tool.ts'

/** Runs `argv[0]` with the rest as its arguments and sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController()
  const end = (code: number) => () => {
    // A second signal does not wait for the tool.
    if (stop.signal.aborted) process.exit(code)
    process.exitCode = code
    stop.abort()
    // Most tools have nothing to tidy up; those that have get a moment.
    setTimeout(() => process.exit(code), 2000).unref()
  }
  process.on('SIGINT', end(130))
  process.on('SIGTERM', end(143))
  let isUnread = false
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader went away (`| head`): a good end.
      if (error.code !== 'EPIPE') process.exit(1)
      if (isUnread) return
      // Whoever has something to tidy up, a place in a group for one, gets a moment.
      if (stop.signal.aborted || getEventListeners(stop.signal, 'abort').length === 0) process.exit(0)
      isUnread = true
      end(0)()
    })
  }
  const io: ShimIo = {
    stdout: (text) => process.stdout.write(text),
    bytesOut: (bytes) =>
      isUnread || process.stdout.write(bytes)
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            const done = () => {
              process.stdout.off('drain', done).off('error', done)
              resolve()
            }
            process.stdout.on('drain', done).on('error', done)
          }),
    stderr: (text) => process.stderr.write(text),
    get stdin() {
      return process.stdin
    },
    env: process.env,
    nowMs: () => Date.now(),
    signal: stop.signal,
  }
  const [name = '', ...rest] = argv
  const code = await runShim(name, rest, io)
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))),
  )
  process.exit(stop.signal.aborted ? process.exitCode : code)
}
