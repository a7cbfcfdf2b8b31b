/** kafka-dump-log: what the files of a node's log directories hold, line for line as the original prints it. Asks no node. */
import { basename, extname } from 'node:path'
import { JavaError, javaText } from '../failures.ts'
import type { Options } from '../options.ts'
import { type Flag, type ShimIo, type Tool, UsageFailure } from '../tool.ts'
import { coordinatorDecoder, type Decoder, metadataDecoder, textDecoder } from './dump-decoders.ts'
import {
  dumpIndex,
  dumpProducerSnapshot,
  dumpTimeIndex,
  dumpTxnIndex,
  type IndexOptions,
  type Mismatches,
  noMismatches,
} from './dump-index-file.ts'
import { baseOffsetOf } from './dump-index-file.ts'
import { type DumpOptions, dumpLog, type Gaps } from './dump-log-file.ts'

const on = (name: string, help: string): Flag => ({ name, help })

export const kafkaDumpLog: Tool = {
  name: 'kafka-dump-log',
  grammar: {
    kind: 'jopt',
    purpose: 'Prints what segments, indexes and snapshots hold.',
    flags: [
      { name: 'files', arg: 'required', argName: 'file,...', help: 'The files to print.' },
      on('print-data-log', 'Print keys and values; any decoder does that, too.'),
      on('deep-iteration', 'A line for each record, not only for each batch.'),
      on('skip-record-metadata', 'Print keys and values without what is around them, and no control records.'),
      on('offsets-decoder', 'Read the records as those of __consumer_offsets.'),
      on('transaction-log-decoder', 'Read the records as those of __transaction_state.'),
      on('share-group-state-decoder', 'Read the records as those of __share_group_state.'),
      on('cluster-metadata-decoder', 'Read the records as those of __cluster_metadata.'),
      on('remote-log-metadata-decoder', 'Not served here: tiered storage is no part of mq.'),
      on('index-sanity-check', 'Only check what a broker checks of an index when it starts.'),
      on('verify-index-only', 'Only compare indexes with their logs.'),
      {
        name: 'max-bytes',
        arg: 'required',
        type: 'Integer',
        argName: 'bytes',
        default: '2147483647',
        help: 'Read only so much of each log.',
      },
      {
        name: 'max-message-size',
        arg: 'required',
        type: 'Integer',
        argName: 'bytes',
        default: '5242880',
        help: 'Taken for compatibility.',
      },
      {
        name: 'key-decoder-class',
        arg: 'optional',
        default: 'org.apache.kafka.tools.api.StringDecoder',
        help: 'What reads keys; there is none but the default.',
      },
      {
        name: 'value-decoder-class',
        arg: 'optional',
        default: 'org.apache.kafka.tools.api.StringDecoder',
        help: 'What reads values; there is none but the default.',
      },
    ],
  },
  run: async (options, io) => dump(options, io),
  parseFailed: uncaught,
  failed: uncaught,
}

/** The original catches nothing: the JVM tells the exception. */
function uncaught(error: unknown, io: ShimIo): number {
  const { code, path } = error as NodeJS.ErrnoException
  const shown = code === 'ENOENT' ? new JavaError('java.nio.file.NoSuchFileException', path ?? '') : error
  io.stderr(`Exception in thread "main" ${javaText(shown)}\n`)
  return 1
}

const DECODERS: readonly (readonly [flag: string, decoder: () => Decoder])[] = [
  ['offsets-decoder', () => coordinatorDecoder('__consumer_offsets')],
  ['transaction-log-decoder', () => coordinatorDecoder('__transaction_state')],
  ['cluster-metadata-decoder', () => metadataDecoder],
  ['share-group-state-decoder', () => coordinatorDecoder('__share_group_state')],
]

function decoderOf(options: Options): Decoder | undefined {
  const named = DECODERS.find(([flag]) => options.has(flag))
  if (named !== undefined) return named[1]()
  for (const flag of ['key-decoder-class', 'value-decoder-class']) {
    const name = options.one(flag)
    if (options.has(flag) && name !== undefined && !name.endsWith('.StringDecoder'))
      throw new JavaError('java.lang.ClassNotFoundException', name)
  }
  const isText = ['print-data-log', 'key-decoder-class', 'value-decoder-class'].some((flag) => options.has(flag))
  return isText ? textDecoder : undefined
}

function dump(options: Options, io: ShimIo): number {
  options.require('files')
  if (options.has('remote-log-metadata-decoder'))
    throw new UsageFailure('--remote-log-metadata-decoder is not served here: tiered storage is no part of mq.')
  const decoder = decoderOf(options)
  const log: DumpOptions = {
    decoder,
    deep: options.has('deep-iteration') || decoder !== undefined,
    skipMetadata: options.has('skip-record-metadata'),
    maxBytes: options.number('max-bytes')!,
  }
  const index: IndexOptions = {
    sanityOnly: options.has('index-sanity-check'),
    verifyOnly: options.has('verify-index-only'),
  }
  const found = noMismatches()
  const gaps: Gaps = new Map()
  for (const path of options.one('files')!.split(',')) dumpFile(path, { log, index, found, gaps }, io)
  tellMismatches(found, gaps, io)
  return 0
}

interface Work {
  readonly log: DumpOptions
  readonly index: IndexOptions
  readonly found: Mismatches
  readonly gaps: Gaps
}

function dumpFile(path: string, { log, index, found, gaps }: Work, io: ShimIo): void {
  io.stdout(`Dumping ${path}\n`)
  switch (extname(basename(path).replace(/\.(deleted|cleaned|swap)$/, ''))) {
    case '.log':
      baseOffsetOf(path)
      dumpLog(path, log, gaps, io)
      break
    case '.checkpoint':
      dumpLog(path, log, gaps, io)
      break
    case '.index':
      dumpIndex(path, index, found, io)
      break
    case '.timeindex':
      dumpTimeIndex(path, index, found, io)
      break
    case '.snapshot':
      dumpProducerSnapshot(path, io)
      break
    case '.txnindex':
      dumpTxnIndex(path, io)
      break
    default:
      io.stderr(`Ignoring unknown file ${path}\n`)
  }
}

function tellMismatches({ index, time, order }: Mismatches, gaps: Gaps, io: ShimIo): void {
  const tell = (all: ReadonlyMap<string, [number, number][]>, head: string, row: (a: number, b: number) => string) => {
    for (const [path, pairs] of all) {
      io.stderr(`${head} :${path}\n${pairs.map(([one, other]) => `  ${row(one, other)}\n`).join('')}`)
    }
  }
  tell(index, 'Mismatches in', (entry, inLog) => `Index offset: ${entry}, log offset: ${inLog}`)
  tell(time, 'Found timestamp mismatch in', (entry, inLog) => `Index timestamp: ${entry}, log timestamp: ${inLog}`)
  tell(
    order,
    'Found out of order timestamp in',
    (entry, before) => `Index timestamp: ${entry}, Previously indexed timestamp: ${before}`,
  )
  tell(gaps, 'Non-consecutive offsets in', (before, after) => `${before} is followed by ${after}`)
}
