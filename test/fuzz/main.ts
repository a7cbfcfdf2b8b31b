/**
 * Throws damaged request frames and record batches at the decoders and stops at the first that is neither decoded nor
 * refused with a typed error, takes too long or too much memory.
 *
 *   npm run fuzz -- --frames 10000000 [--seed S]     the hunt; the seed repeats it
 *   npm run fuzz -- --canary                         broken decoders: passes when each is caught
 */
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Prng } from '../../src/base/prng.ts'
import { loadCodecs } from '../../src/protocol/records/compression.ts'
import { recordBatches, requestFrames } from './corpus.ts'
import { mutate } from './mutate.ts'
import { canaries, compareRequest, decodeBatches, decodeRequest, decodeSealedBatch, type Target } from './targets.ts'

/** Frames between two looks at clock and memory. */
const BLOCK = 512
const MAX_BLOCK_MS = 3000
const MAX_MEMORY_BYTES = 700 * 1024 * 1024
/** Room for what a mutation adds. */
const SLACK = 64

interface Finding {
  readonly number: number
  readonly frame: Buffer
  readonly error: unknown
}

interface Result {
  readonly frames: number
  readonly accepted: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly finding: Finding | undefined
}

async function hunt(count: number, seed: number, only: Target | undefined): Promise<Result> {
  const prng = new Prng(seed)
  const requests = requestFrames(prng)
  const batches = recordBatches(prng)
  const longest = Math.max(...requests.map((f) => f.length), ...batches.map((f) => f.length))
  const scratch = Buffer.alloc(longest + 4 * SLACK)
  let accepted = 0
  let last: { target: Target; frame: Buffer } | undefined
  const cpu = process.cpuUsage()
  const started = performance.now()
  let blockStarted = started
  const result = (frames: number, finding?: Finding): Result => {
    const used = process.cpuUsage(cpu)
    const cpuMs = (used.user + used.system) / 1000
    return { frames, accepted, wallMs: performance.now() - started, cpuMs, finding }
  }
  for (let number = 0; number < count; number += 1) {
    const draw = prng.int(256)
    const isBatch = draw < 24
    const original = isBatch ? batches[prng.int(batches.length)]! : requests[prng.int(requests.length)]!
    original.copy(scratch)
    const length = prng.int(64) === 0 ? original.length : mutate(scratch, original.length, prng)
    const frame = scratch.subarray(0, length)
    const target =
      only ??
      (isBatch ? (draw < 12 ? decodeBatches : decodeSealedBatch) : draw === 255 ? compareRequest : decodeRequest)
    last = { target, frame }
    try {
      if (target(frame) === 'accepted') accepted += 1
    } catch (error) {
      return result(number + 1, { number, frame: Buffer.from(frame), error: withStack(last.target, frame, error) })
    }
    if (number % BLOCK !== BLOCK - 1) continue
    const now = performance.now()
    const { rss } = process.memoryUsage
    const memory = number % (BLOCK * 64) === BLOCK - 1 || now - blockStarted > 50 ? rss() : 0
    if (now - blockStarted > MAX_BLOCK_MS) {
      return result(number + 1, {
        number,
        frame,
        error: new Error(`${BLOCK} frames took ${Math.round(now - blockStarted)} ms`),
      })
    }
    if (memory > MAX_MEMORY_BYTES) {
      return result(number + 1, { number, frame, error: new Error(`the process grew to ${memory} bytes`) })
    }
    // Native codecs give their memory back only when the event loop turns.
    await turn()
    blockStarted = performance.now()
  }
  return result(count)
}

/** Stacks are off while hunting, since taking them costs more than decoding; the finding is run again for its own. */
function withStack(target: Target, frame: Buffer, first: unknown): unknown {
  Error.stackTraceLimit = 50
  try {
    target(Buffer.from(frame))
  } catch (error) {
    return error
  } finally {
    Error.stackTraceLimit = 0
  }
  return first
}

function describe(finding: Finding): string {
  const text = finding.error instanceof Error ? (finding.error.stack ?? finding.error.message) : String(finding.error)
  return `frame ${finding.number} (up to ${BLOCK} before it when time or memory ran out): ${finding.frame.toString('hex')}\n${text}`
}

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    canary: { type: 'boolean', default: false },
  },
})
const frames = Number(values.frames.replaceAll('_', ''))
const seed = values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed)
if (!Number.isInteger(frames) || frames < 1 || !Number.isInteger(seed)) {
  console.error('usage: fuzz [--frames N] [--seed S] [--canary]')
  process.exit(2)
}
Error.stackTraceLimit = 0
await loadCodecs()

if (values.canary) {
  let missed = 0
  for (const [name, target] of Object.entries(canaries)) {
    const { finding, frames: tried } = await hunt(frames, seed, target)
    console.log(
      finding === undefined
        ? `canary ${name}: NOT caught in ${tried} frames`
        : `canary ${name}: caught after ${tried} frames`,
    )
    if (finding === undefined) missed += 1
  }
  process.exit(missed === 0 ? 0 : 1)
}

console.log(`seed ${seed}`)
const { finding, accepted, wallMs, cpuMs, frames: done } = await hunt(frames, seed, undefined)
const rate = (ms: number) => Math.round((done / ms) * 1000).toLocaleString('en-US')
console.log(`${done} frames, ${accepted} accepted, ${done - accepted} refused`)
console.log(`${rate(wallMs)} frames/s, ${rate(cpuMs)} frames per second of CPU`)
if (finding !== undefined) {
  console.error(`FOUND with seed ${seed}, ${describe(finding)}`)
  process.exit(1)
}
