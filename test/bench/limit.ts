/**
 * How near consuming comes to what a Node process can do at all: the same bytes by a bare loop that reads a file and
 * writes to a socket, and by the broker, both into a native program that throws them away. The broker gets its fetch
 * requests all at once, so that no client's pace is measured.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { run, start } from '../compat/support/process.ts'
import { BenchNode, cpuSecondsOf, type EngineName } from './engines.ts'
import { best, type Figure } from './figures.ts'
import { PARTITIONS, produce } from './load.ts'
import type { Plan } from './plan.ts'
import { createTopic, flushDisk } from './start.ts'

const FETCH_VERSION = 11
const PARTITION_BYTES = 1 << 20
const TOPIC = 'limit'
/** The data is sent so often, to make the runs long enough. */
const PASSES = 3
const PIECE_BYTES = 256 * 1024
const PIECES = 16

interface Stream {
  readonly mbPerSecond: number
  readonly cpuSecondsPerGb: number
}

export async function limit(plan: Plan, say: (text: string) => void): Promise<Figure[]> {
  const runs: Record<EngineName | 'loop', Stream[]> = { apache: [], mq: [], loop: [] }
  for (const name of ['apache', 'mq'] as const) {
    const node = await BenchNode.create(name)
    try {
      await node.start()
      await createTopic(node, TOPIC, PARTITIONS)
      await produce(node, TOPIC, { messageBytes: 1024, messages: plan.largeMessages }, 1)
      flushDisk()
      const asked = await questions(node)
      const file = join(node.folder, 'requests')
      writeFileSync(file, Buffer.concat(Array.from({ length: PASSES }, () => asked.requests)))
      for (let round = 0; round < plan.rounds; round++) {
        runs[name].push(await sink(node.port, file, asked.answerBytes * PASSES, () => node.cpuSeconds()))
        if (name === 'mq') runs.loop.push(await loopRun(node, file))
      }
    } finally {
      await node.discard()
      flushDisk()
    }
  }
  for (const [who, streams] of Object.entries(runs)) {
    for (const { mbPerSecond, cpuSecondsPerGb } of streams) {
      say(`${who} into a native sink: ${mbPerSecond.toFixed(0)} MB/s, ${cpuSecondsPerGb.toFixed(2)} s/GB`)
    }
  }
  const rates = (who: keyof typeof runs) => runs[who].map(({ mbPerSecond }) => mbPerSecond)
  const costs = (who: keyof typeof runs) => runs[who].map(({ cpuSecondsPerGb }) => cpuSecondsPerGb)
  const [part, what] = ['limit', 'fetched 1 KB records into a native sink']
  const rate = { part, unit: 'MB/s', higherIsBetter: true }
  const cost = { part, unit: 's/GB' }
  return [
    best(
      { ...rate, what: `${what}, beside a bare file-to-socket loop`, against: 'node', goal: 0.8 },
      rates('mq'),
      rates('loop'),
    ),
    best({ ...cost, what: `${what}, beside that loop: processor time`, against: 'node' }, costs('mq'), costs('loop')),
    best({ ...rate, what: `${what}, beside sendfile` }, rates('mq'), rates('apache')),
    best({ ...cost, what: `${what}, beside sendfile: processor time` }, costs('mq'), costs('apache')),
  ]
}

/** The bare loop as a process of its own, over the largest log file of the node. */
async function loopRun(node: BenchNode, requestFile: string): Promise<Stream> {
  const segment = join(
    node.dataFolder,
    `${TOPIC}-0`,
    readdirSync(join(node.dataFolder, `${TOPIC}-0`)).find((name) => name.endsWith('.log'))!,
  )
  const child = start(process.execPath, [process.argv[1]!, '--socket-loop', segment, String(PASSES * PARTITIONS)])
  try {
    const { port, bytes } = await new Promise<{ port: number; bytes: number }>((resolve, reject) => {
      child.once('error', reject)
      child.stdout?.once('data', (text: Buffer) => resolve(JSON.parse(text.toString())))
    })
    return await sink(port, requestFile, bytes, () => cpuSecondsOf(child.pid!))
  } finally {
    child.kill('SIGKILL')
  }
}

/** The process of the bare loop: after the first byte that comes it sends the file so often, then ends. */
export function socketLoop(file: string, times: number): void {
  const fd = openSync(file, 'r')
  const fileBytes = fstatSync(fd).size
  const server = createServer({ noDelay: true }, (socket) => {
    const free = Array.from({ length: PIECES }, () => Buffer.allocUnsafeSlow(PIECE_BYTES))
    let position = 0
    let left = times
    const fill = () => {
      while (left > 0 && free.length > 0) {
        const piece = free.pop()!
        const count = readSync(fd, piece, 0, PIECE_BYTES, position)
        position += count
        if (position >= fileBytes) {
          position = 0
          left -= 1
        }
        socket.write(count === PIECE_BYTES ? piece : piece.subarray(0, count), () => {
          free.push(piece)
          fill()
        })
      }
    }
    socket.once('data', fill)
    socket.on('error', () => closeSync(fd))
  })
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    process.stdout.write(`${JSON.stringify({ port, bytes: fileBytes * times })}\n`)
  })
}

/** Sends the file's requests at once and throws away `bytes` of answers; all by native programs. */
async function sink(port: number, requestFile: string, bytes: number, cpuSeconds: () => number): Promise<Stream> {
  const script =
    'exec 3<>/dev/tcp/127.0.0.1/"$1"; cat "$2" >&3 & dd of=/dev/null bs=1M iflag=count_bytes,fullblock count="$3" <&3 2>/dev/null'
  const cpuBefore = cpuSeconds()
  const startedAt = performance.now()
  const { code } = await run('bash', ['-c', script, 'sink', String(port), requestFile, String(bytes)])
  const seconds = (performance.now() - startedAt) / 1000
  if (code !== 0) throw new Error(`the native sink ended with ${code}`)
  return { mbPerSecond: bytes / 1e6 / seconds, cpuSecondsPerGb: (cpuSeconds() - cpuBefore) / (bytes / 1e9) }
}

/** Fetch requests for the whole topic, found by fetching it once, and how many bytes their answers are. */
async function questions(node: BenchNode): Promise<{ requests: Buffer; answerBytes: number }> {
  const requests: Buffer[] = []
  let answerBytes = 0
  const socket = connect({ port: node.port, host: '127.0.0.1', noDelay: true })
  let received: Buffer[] = []
  let wake = () => {}
  socket.on('data', (chunk) => {
    received.push(chunk)
    wake()
  })
  const answer = async (): Promise<Buffer> => {
    for (;;) {
      const size = received.reduce((sum, chunk) => sum + chunk.length, 0)
      if (size >= 4) {
        received = [Buffer.concat(received)]
        if (size >= 4 + received[0]!.readInt32BE(0)) return received.pop()!
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let offset = 0; ; ) {
      const request = Buffer.concat(
        encodeRequestFrame('Fetch', FETCH_VERSION, { correlationId: 1, clientId: 'bench' }, fetchOf(partition, offset)),
      )
      socket.write(request)
      const frame = await answer()
      const { body } = decodeResponseFrame('Fetch', FETCH_VERSION, frame.subarray(4))
      const records = body.responses[0]?.partitions[0]?.records
      const next = endOf(records ?? null, offset)
      if (next === offset) break
      requests.push(request)
      answerBytes += frame.length
      offset = next
    }
  }
  socket.destroy()
  return { requests: Buffer.concat(requests), answerBytes }
}

function fetchOf(partition: number, fetchOffset: number) {
  return {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50 << 20,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, partitions: [{ partition, fetchOffset, partitionMaxBytes: PARTITION_BYTES }] }],
  }
}

/** The offset after the last whole batch. */
function endOf(records: Buffer | null, offset: number): number {
  let next = offset
  for (let at = 0; records !== null && records.length - at >= 61; ) {
    const bytes = 12 + records.readInt32BE(at + 8)
    if (bytes > records.length - at) break
    next = Number(records.readBigInt64BE(at)) + records.readInt32BE(at + 23) + 1
    at += bytes
  }
  return next
}
