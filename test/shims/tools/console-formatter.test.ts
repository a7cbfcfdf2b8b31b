/** The formatters of the console consumer: columns in Kafka's order, separators, null literals and deserialisers. */
import { describe, expect, it } from 'vitest'
import { ByteSink } from '../../../src/client/byte-sink.ts'
import { encodeCoordinatorRecord } from '../../../src/protocol/logs/coordinator-record.ts'
import { type ConsoleRecord, formatterOf } from '../../../src/shims/tools/console-formatter.ts'

const CLASS = 'org.apache.kafka.tools.consumer.'
const RECORD: ConsoleRecord = {
  topic: 't',
  partition: 2,
  offset: 7,
  timestamp: 1000,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: [
    { key: 'h', value: Buffer.from('1') },
    { key: 'n', value: null },
  ],
  isAppendTime: false,
}

function shown(
  properties: Record<string, string>,
  record: Partial<ConsoleRecord> = {},
  name = 'DefaultMessageFormatter',
) {
  const out = new ByteSink()
  formatterOf(CLASS + name, properties)!({ ...RECORD, ...record }, out)
  return out.take().toString('utf8')
}

const ALL = Object.fromEntries(
  ['timestamp', 'partition', 'offset', 'delivery', 'epoch', 'headers', 'key'].map((name) => [`print.${name}`, 'true']),
)

describe('the default formatter', () => {
  it('prints the value alone', () => {
    expect(shown({})).toBe('v\n')
    expect(shown({}, { value: null })).toBe('null\n')
  })

  it('prints every column in the order of the original', () => {
    expect(shown(ALL)).toBe(
      'CreateTime:1000\tPartition:2\tOffset:7\tDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\th:1,n:null\tk\tv\n',
    )
    expect(shown(ALL, { headers: [], key: null, timestamp: -1 })).toBe(
      'NO_TIMESTAMP\tPartition:2\tOffset:7\tDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\tNO_HEADERS\tnull\tv\n',
    )
    expect(shown({ 'print.timestamp': 'true' }, { isAppendTime: true })).toBe('LogAppendTime:1000\tv\n')
  })

  it('takes separators and literals', () => {
    const properties = {
      'print.headers': 'TRUE',
      'key.separator': '%',
      'line.separator': ';',
      'headers.separator': '/',
      'null.literal': 'NIL',
    }
    expect(shown(properties)).toBe('h:1/n:NIL%v;')
  })

  it('reads values with a deserialiser, and refuses those of another size', () => {
    const long = { 'value.deserializer': 'org.apache.kafka.common.serialization.LongDeserializer' }
    const eight = Buffer.alloc(8)
    eight.writeBigInt64BE(-5n)
    expect(shown(long, { value: eight })).toBe('-5\n')
    expect(() => shown(long)).toThrow('Size of data received by LongDeserializer is not 8')
    expect(shown({ 'value.deserializer': 'no.such.Class' })).toBe('v\n')
  })
})

describe('other formatters', () => {
  it('print nothing, or the JSON of committed offsets', () => {
    expect(shown({}, {}, 'NoOpMessageFormatter')).toBe('')
    const committed = encodeCoordinatorRecord(
      '__consumer_offsets',
      'OffsetCommit',
      { group: 'g', topic: 't', partition: 1 },
      3,
      {
        offset: 42,
        leaderEpoch: -1,
        metadata: '',
        commitTimestamp: 5,
      },
    )
    expect(shown({}, committed, 'OffsetsMessageFormatter')).toBe(
      '{"key":{"type":1,"data":{"group":"g","topic":"t","partition":1}},"value":{"version":3,"data":{"offset":42,"leaderEpoch":-1,"metadata":"","commitTimestamp":5}}}',
    )
    expect(shown({}, { ...committed, value: null }, 'OffsetsMessageFormatter')).toContain('"value":null}')
    expect(shown({}, committed, 'GroupMetadataMessageFormatter')).toBe('')
  })

  it('are not made up', () => {
    expect(formatterOf('no.such.Formatter', {})).toBeUndefined()
  })
})
