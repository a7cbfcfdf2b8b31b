/** The small files, byte for byte as Apache Kafka 4.3.1 writes them, and what happens when they are damaged. */
import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../support/memory-disk.ts'
import {
  readEpochCheckpoint,
  readOffsetCheckpoint,
  renderEpochCheckpoint,
  renderOffsetCheckpoint,
} from '../../../src/broker/storage/checkpoint.ts'
import { takeCleanShutdown, writeCleanShutdown } from '../../../src/broker/storage/clean-shutdown.ts'
import { directoryKind, markedDirectoryName, offsetName, offsetOfName } from '../../../src/broker/storage/file-names.ts'
import {
  readMetaProperties,
  renderMetaProperties,
  writeMetaProperties,
} from '../../../src/broker/storage/meta-properties.ts'
import { readPartitionMetadata, renderPartitionMetadata } from '../../../src/broker/storage/partition-metadata.ts'
import { appendValues, openBench, START_MS, TOPIC_ID } from './support.ts'

function diskWith(name: string, content: string): MemoryDisk {
  const disk = new MemoryDisk()
  disk.makeDirectory('d')
  disk.writeFile(`d/${name}`, Buffer.from(content))
  return disk
}

describe('checkpoints', () => {
  it('hold topic, partition and offset', () => {
    const offsets = [
      { topic: 't1', partition: 1, offset: 9848 },
      { topic: 't1', partition: 0, offset: 10152 },
    ]
    const text = '0\n2\nt1 1 9848\nt1 0 10152\n'
    expect(renderOffsetCheckpoint(offsets)).toBe(text)
    expect([...readOffsetCheckpoint(diskWith('c', text), 'd/c')]).toEqual([
      ['t1-1', 9848],
      ['t1-0', 10152],
    ])
    expect(renderOffsetCheckpoint([])).toBe('0\n0\n')
    expect(readOffsetCheckpoint(diskWith('c', ''), 'd/c').size).toBe(0)
    expect(readOffsetCheckpoint(new MemoryDisk(), 'd/none').size).toBe(0)
  })

  it('hold epochs', () => {
    expect(renderEpochCheckpoint([{ epoch: 0, startOffset: 0 }])).toBe('0\n1\n0 0\n')
    expect(readEpochCheckpoint(diskWith('c', '0\n2\n0 0\n3 17\n'), 'd/c')).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 3, startOffset: 17 },
    ])
  })

  it.each([
    '1\n0\n',
    '0\n2\nt 0 1\n',
    '0\n1\nt 0\n',
    '0\n1\nt x 1\n',
    '0\nx\n',
    'garbage',
    '0\n1\n5 9 1 1\n',
  ])('are refused when damaged: %j', (text) => {
    expect(() => readOffsetCheckpoint(diskWith('c', text), 'd/c')).toThrow(/damaged/)
  })

  it.each(['0\n2\n3 17\n0 0\n', '0\n2\n1 5\n2 4\n'])('of epochs are refused when they fall: %j', (text) => {
    expect(() => readEpochCheckpoint(diskWith('c', text), 'd/c')).toThrow(/damaged/)
  })
})

describe('identity', () => {
  it('meta.properties is a Java property file', () => {
    const properties = {
      version: 1,
      clusterId: 'swa8PLLTR1KBb9HuFCy0-w',
      nodeId: 1,
      directoryId: '4JfddA7kQwaxqBhb7x4aVw',
    }
    expect(renderMetaProperties(properties, Date.UTC(2026, 10, 21, 9, 34, 56))).toBe(
      '#\n#Sat Nov 21 09:34:56 UTC 2026\ncluster.id=swa8PLLTR1KBb9HuFCy0-w\n' +
        'directory.id=4JfddA7kQwaxqBhb7x4aVw\nnode.id=1\nversion=1\n',
    )
    const disk = new MemoryDisk()
    disk.makeDirectory('d')
    writeMetaProperties(disk, 'd', properties, START_MS)
    expect(readMetaProperties(disk, 'd')).toEqual(properties)
    expect(readMetaProperties(disk, 'elsewhere')).toBeUndefined()
  })

  it.each([
    ['version=7\nnode.id=1\ncluster.id=x', /version 7/],
    ['version=1\ncluster.id=x', /node.id/],
    ['version=1\nnode.id=1', /cluster.id/],
    ['version=1\nnode.id=1\ncluster.id=x\ndirectory.id=nonsense', /directory.id/],
    ['\0\0\0\0', /version/],
  ])('meta.properties is refused when it says %j', (text, reason) => {
    expect(() => readMetaProperties(diskWith('meta.properties', text), 'd')).toThrow(reason)
  })

  it('partition.metadata has no newline at its end', () => {
    expect(renderPartitionMetadata(TOPIC_ID)).toBe('version: 0\ntopic_id: E9ZFpHovQzW2u6utZcwLtQ')
    const read = (text: string) => readPartitionMetadata(diskWith('partition.metadata', text), 'd')
    expect(read('version: 0\ntopic_id: E9ZFpHovQzW2u6utZcwLtQ')).toBe(TOPIC_ID)
    expect(read('version: 0\ntopic_id: E9ZFpHovQzW2u6utZcwLtQ\n')).toBe(TOPIC_ID)
    expect(read('')).toBeUndefined()
  })

  it('the clean shutdown marker is JSON and is taken once', () => {
    const disk = new MemoryDisk()
    disk.makeDirectory('d')
    writeCleanShutdown(disk, 'd', 13)
    expect(disk.readFile('d/.kafka_cleanshutdown').toString()).toBe('{"version":0,"brokerEpoch":13}')
    expect(takeCleanShutdown(disk, 'd')).toBe(13)
    expect(takeCleanShutdown(disk, 'd')).toBeUndefined()
    disk.writeFile('d/.kafka_cleanshutdown', Buffer.alloc(0))
    expect(takeCleanShutdown(disk, 'd')).toBe(-1)
  })
})

describe('names', () => {
  it('have 20 digits', () => {
    expect(offsetName(42)).toBe('00000000000000000042')
    expect(offsetOfName('00000000000000000042.log.deleted')).toBe(42)
    expect(offsetOfName('leader-epoch-checkpoint')).toBeUndefined()
  })

  it('of directories tell what they are', () => {
    expect(directoryKind('my-topic-7')).toEqual({ kind: 'log', at: { topic: 'my-topic', partition: 7 } })
    const unique = '0123456789abcdef0123456789abcdef'
    const marked = markedDirectoryName({ topic: 'a.b', partition: 3 }, unique, '-delete')
    expect(marked).toBe(`a.b-3.${unique}-delete`)
    expect(directoryKind(marked).kind).toBe('deleted')
    expect(directoryKind(`a-0.${unique}-stray`).kind).toBe('stray')
    expect(directoryKind(`a-0.${unique}-future`).kind).toBe('future')
    expect(directoryKind('lost+found').kind).toBe('unknown')
    expect(markedDirectoryName({ topic: 'x'.repeat(249), partition: 10 }, unique, '-delete').length).toBe(255)
  })
})

describe('indexes', () => {
  it('are preallocated while active and cut when sealed', () => {
    const { log, disk } = openBench()
    const size = (name: string) => disk.stat(`data/events-0/${name}`)?.sizeBytes
    appendValues(log, ['x'.repeat(150)], { timestamp: START_MS })
    expect([size(`${offsetName(0)}.index`), size(`${offsetName(0)}.timeindex`)]).toEqual([1200, 1200])
    for (let i = 0; i < 40; i++) appendValues(log, ['x'.repeat(150)], { timestamp: START_MS + i })
    const second = log.files.segments[1]!.baseOffset
    expect(size(`${offsetName(0)}.index`)! % 8).toBe(0)
    expect(size(`${offsetName(0)}.index`)).toBeLessThan(1200)
    expect(size(`${offsetName(second)}.snapshot`)).toBe(10)
    log.close()
    const last = log.files.segments.at(-1)!.baseOffset
    expect(size(`${offsetName(last)}.index`)).toBeLessThan(1200)
  })

  it('have exactly these bytes', () => {
    const { log, disk } = openBench({ settings: { indexIntervalBytes: 0 } })
    for (let i = 0; i < 3; i++) appendValues(log, ['a', 'b', 'c'], { timestamp: START_MS + i })
    log.close()
    const position = (batches: number) => ((log.sizeBytes / 3) * batches).toString(16).padStart(8, '0')
    expect(disk.readFile('data/events-0/00000000000000000000.index').toString('hex')).toBe(
      `00000005${position(1)}00000008${position(2)}`,
    )
    expect(disk.readFile('data/events-0/00000000000000000000.timeindex').toString('hex')).toBe(
      '0000018bcfe56801000000050000018bcfe5680200000008',
    )
  })
})
