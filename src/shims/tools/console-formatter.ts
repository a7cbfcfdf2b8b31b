/**
 * Records as kafka-console-consumer prints them: the default formatter with its properties, the one that prints nothing, and the
 * deserialisers that Kafka's clients have. Bytes of a value without a deserialiser go out as they are.
 */
import type { ByteSink } from '../../client/byte-sink.ts'
import type { PlacedRecord } from '../../client/record-format.ts'
import {
  type CoordinatorSchema,
  type CoordinatorTopic,
  coordinatorRecords,
} from '../../protocol/logs/coordinator-record.ts'
import { JavaError } from '../failures.ts'
import { coordinatorParts } from './dump-decoders.ts'

/** A record and what its time means. */
export interface ConsoleRecord extends PlacedRecord {
  readonly isAppendTime: boolean
}

/** Adds a record to the output. Throws JavaError for bytes that are not what the deserialiser wants. */
export type ConsoleFormatter = (record: ConsoleRecord, out: ByteSink) => void

type Deserialiser = (bytes: Buffer) => Buffer | string

const PREFIX = 'org.apache.kafka.common.serialization.'

function sized(name: string, bytes: number, read: (buffer: Buffer) => string): [string, Deserialiser] {
  return [
    `${PREFIX}${name}Deserializer`,
    (buffer) => {
      if (buffer.length !== bytes) throw wrongSize(name, bytes)
      return read(buffer)
    },
  ]
}

function wrongSize(name: string, bytes: number): JavaError {
  return new JavaError(
    'org.apache.kafka.common.errors.SerializationException',
    `Size of data received by ${name}Deserializer is not ${bytes}`,
  )
}

const DESERIALISERS: ReadonlyMap<string, Deserialiser> = new Map([
  sized('Long', 8, (buffer) => String(buffer.readBigInt64BE())),
  sized('Integer', 4, (buffer) => String(buffer.readInt32BE())),
  sized('Short', 2, (buffer) => String(buffer.readInt16BE())),
  sized('Float', 4, (buffer) => decimal(Number(Math.fround(buffer.readFloatBE()).toPrecision(7)))),
  sized('Double', 8, (buffer) => decimal(buffer.readDoubleBE())),
  sized('Boolean', 1, (buffer) => String(buffer[0] === 1)),
  [`${PREFIX}ByteArrayDeserializer`, () => '[B@0'],
  [`${PREFIX}BytesDeserializer`, (buffer) => escapedBytes(buffer)],
  [`${PREFIX}StringDeserializer`, (buffer) => buffer],
  [`${PREFIX}UUIDDeserializer`, (buffer) => buffer],
  [`${PREFIX}VoidDeserializer`, () => ''],
])

/** As Java prints a number with a point. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value)
}

/** As Kafka prints its Bytes: what is no plain character as \xHH. */
function escapedBytes(buffer: Buffer): string {
  return [...buffer]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}

const TOOLS = 'org.apache.kafka.tools.consumer.'

/** The formatter of that class with its properties; undefined: there is none of that name. */
export function formatterOf(
  className: string,
  properties: Readonly<Record<string, string>>,
): ConsoleFormatter | undefined {
  switch (className) {
    case `${TOOLS}DefaultMessageFormatter`:
    case `${TOOLS}LoggingMessageFormatter`:
      return defaultFormatter(properties)
    case `${TOOLS}NoOpMessageFormatter`:
      return () => {}
    case `${TOOLS}OffsetsMessageFormatter`:
      return coordinatorFormatter('__consumer_offsets', [0, 1])
    case `${TOOLS}GroupMetadataMessageFormatter`:
      return coordinatorFormatter('__consumer_offsets', [2])
    case `${TOOLS}TransactionLogMessageFormatter`:
      return coordinatorFormatter('__transaction_state', [0])
    default:
      return undefined
  }
}

/** Records of a coordinator's topic as JSON, one behind the other without a separator, as the original prints them. */
function coordinatorFormatter(topic: CoordinatorTopic, types: readonly number[]): ConsoleFormatter {
  const table = coordinatorRecords[topic] as readonly CoordinatorSchema[]
  return ({ key, value }, out) => {
    if (key === null || key.length < 2 || !types.includes(key.readInt16BE(0))) return
    const parts = coordinatorParts(table, key, value, true)
    if (parts === undefined) return
    const { type, keyJson, version, valueJson } = parts
    const shown = valueJson === undefined ? 'null' : `{"version":${version},"data":${valueJson}}`
    out.text(`{"key":{"type":${type},"data":${keyJson}},"value":${shown}}`)
  }
}

function defaultFormatter(properties: Readonly<Record<string, string>>): ConsoleFormatter {
  const isOn = (key: string, standard = false) =>
    properties[key] === undefined ? standard : properties[key].trim().toLowerCase() === 'true'
  const deserialiser = (kind: string) => DESERIALISERS.get(properties[`${kind}.deserializer`] ?? '')
  const separator = Buffer.from(properties['key.separator'] ?? '\t')
  const lineSeparator = Buffer.from(properties['line.separator'] ?? '\n')
  const headersSeparator = Buffer.from(properties['headers.separator'] ?? ',')
  const nullLiteral = Buffer.from(properties['null.literal'] ?? 'null')
  const put = (out: ByteSink, bytes: Buffer | null, read: Deserialiser | undefined) => {
    if (bytes === null) out.bytes(nullLiteral)
    else if (read === undefined) out.bytes(bytes)
    else {
      const shown = read(bytes)
      if (typeof shown === 'string') out.text(shown)
      else out.bytes(shown)
    }
  }
  const [ofKey, ofValue, ofHeader] = [deserialiser('key'), deserialiser('value'), deserialiser('headers')]
  const columns: ConsoleFormatter[] = []
  const column = (key: string, print: ConsoleFormatter, standard = false) => {
    if (isOn(key, standard)) columns.push(print)
  }
  column('print.timestamp', ({ timestamp, isAppendTime }, out) => {
    if (timestamp < 0) out.ascii('NO_TIMESTAMP')
    else out.ascii(`${isAppendTime ? 'LogAppendTime' : 'CreateTime'}:${timestamp}`)
  })
  column('print.partition', ({ partition }, out) => out.ascii(`Partition:${partition}`))
  column('print.offset', ({ offset }, out) => out.ascii(`Offset:${offset}`))
  column('print.delivery', (_record, out) => out.ascii('Delivery:NOT_PRESENT'))
  column('print.epoch', (_record, out) => out.ascii('Epoch:NOT_PRESENT'))
  column('print.headers', ({ headers }, out) => {
    if (headers.length === 0) out.ascii('NO_HEADERS')
    headers.forEach(({ key, value }, index) => {
      if (index > 0) out.bytes(headersSeparator)
      out.text(`${key}:`)
      put(out, value, ofHeader)
    })
  })
  column('print.key', ({ key }, out) => put(out, key, ofKey))
  column('print.value', ({ value }, out) => put(out, value, ofValue), true)
  return (record, out) => {
    columns.forEach((print, index) => {
      if (index > 0) out.bytes(separator)
      print(record, out)
    })
    out.bytes(lineSeparator)
  }
}
