/** Replicas and their moves on disks that are full, fail, or have room again. */
import { describe, expect, it } from 'vitest'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import { errorOf } from '../storage/support.ts'
import { IDS, numbered, Rig, TOPIC_ID } from './rig.ts'

describe('a disk that is full or fails at an awkward moment', () => {
  const elsewhere = (from: string): string => (from === '/b' ? '/c' : '/b')

  /** A partition with records whose topic is not flushed by every record. */
  function filled(config: Record<string, string> = {}): { rig: Rig; from: string; to: string } {
    const rig = new Rig(config)
    rig.apply(
      metadataRecord('ConfigRecord', 0, {
        resourceType: 2,
        resourceName: 't',
        name: 'flush.messages',
        value: '100000',
      }),
    )
    rig.create(0)
    for (const value of numbered(20)) rig.append(value)
    const from = rig.directoryOf()!
    return { rig, from, to: elsewhere(from) }
  }

  /** As if compaction had come to that offset of the partition. */
  function cleaned(rig: Rig, path: string, offset: number, partition = 0): void {
    rig.logs.forEachDirectory((directory) => {
      if (directory.path === path) directory.setCleanerOffset(`t-${partition}`, offset)
    })
  }

  it('a sync of the copy that failed is not tried again and believed', () => {
    const { rig, from, to } = filled()
    rig.move(to)
    rig.disk.fail({ operation: 'sync', path: '/t-0.', errno: 'EIO', times: 1 })
    rig.clock.advance(2000)
    expect(rig.failed).toEqual([to])
    expect(rig.directoryOf()).toBe(from)
    expect(rig.values()).toEqual(numbered(20))
  })

  it('a gap at the end is made when there is room, and does not end the node', () => {
    const { rig, to } = filled()
    rig.logs.get('t', 0)!.files.roll(25)
    rig.replicas.hosted('t', 0)!.maybeAdvanceHighWatermark()
    rig.move(to)
    rig.disk.fail({ operation: 'open', path: '00000000000000000025.log', errno: 'ENOSPC', times: 2 })
    rig.clock.advance(5000)
    expect(rig.failed).toEqual([])
    expect(rig.directoryOf()).toBe(to)
    expect(rig.logs.get('t', 0)!.logEndOffset).toBe(25)
    expect(rig.values()).toEqual(numbered(20))
  })

  it('a gap at the end that cannot be made takes the directory offline', () => {
    const { rig, from, to } = filled()
    rig.logs.get('t', 0)!.files.roll(25)
    rig.move(to)
    rig.disk.fail({ operation: 'open', path: '00000000000000000025.log', errno: 'EIO', times: 1 })
    rig.clock.advance(5000)
    expect(rig.failed).toEqual([to])
    expect(rig.directoryOf()).toBe(from)
  })

  for (const name of ['recovery-point', 'replication']) {
    it(`the swap waits while there is no room for the ${name} checkpoint`, () => {
      const { rig, to } = filled()
      rig.move(to)
      rig.disk.fail({ operation: 'write', path: `${to}/${name}-offset-checkpoint`, errno: 'ENOSPC', times: 2 })
      rig.clock.advance(500)
      rig.append('meanwhile')
      rig.clock.advance(5000)
      expect(rig.failed).toEqual([])
      expect(rig.directoryOf()).toBe(to)
      expect(rig.values()).toEqual([...numbered(20), 'meanwhile'])
    })
  }

  for (const full of ['from', 'to'] as const) {
    it(`a cleaned log moves although there is no room for the cleaner checkpoint where it goes ${full}`, () => {
      const { rig, from, to } = filled()
      const path = full === 'from' ? from : to
      cleaned(rig, from, 5)
      rig.move(to)
      rig.disk.fail({ operation: 'write', path: `${path}/cleaner-offset-checkpoint`, errno: 'ENOSPC', times: 100 })
      rig.clock.advance(5000)
      expect(rig.failed).toEqual([])
      expect(rig.directoryOf()).toBe(to)
      expect(rig.values()).toEqual(numbered(20))
    })
  }

  it('of a move whose old disk fails at the end only the old directory goes offline', () => {
    const { rig, from, to } = filled()
    cleaned(rig, from, 5)
    rig.move(to)
    rig.disk.fail({ operation: 'write', path: `${from}/cleaner-offset-checkpoint`, errno: 'EIO', times: 1 })
    rig.clock.advance(5000)
    expect(rig.failed).toEqual([from])
    expect(rig.directoryOf()).toBe(to)
    expect(rig.values()).toEqual(numbered(20))
  })

  it('all moves share a narrow allowance, also after there was none for a while', () => {
    const { rig, from, to } = filled({ 'replica.alter.log.dirs.io.max.bytes.per.second': '1000' })
    rig.create(1)
    for (const value of numbered(40)) for (const partition of [0, 1]) rig.append(value, partition)
    rig.move(to)
    rig.move(from)
    rig.clock.advance(100)
    for (const partition of [0, 1]) rig.move(elsewhere(rig.directoryOf(partition)!), partition)
    rig.clock.advance(5000)
    expect([0, 1].map((partition) => (rig.logs.futures.get('t', partition)?.logEndOffset ?? 0) > 0)).toEqual([
      true,
      true,
    ])
  })

  it('appends that a full disk refuses are said once a minute, and when they end', () => {
    const { rig, from } = filled()
    rig.disk.fail({ operation: 'write', path: `${from}/t-0`, errno: 'ENOSPC', times: 4 })
    const refuse = () => expect(errorOf(() => rig.append('x'))).toBe('KAFKA_STORAGE_ERROR')
    const said = () => rig.lines.messages('ERROR').filter((line) => line.includes('refused until there is room'))
    refuse()
    refuse()
    expect(said()).toEqual([expect.stringContaining(`Appends to ${from} are refused`)])
    rig.clock.advance(61_000)
    refuse()
    refuse()
    expect(said()).toHaveLength(2)
    rig.append('y')
    rig.append('z')
    const ended = rig.lines.messages('INFO').filter((line) => line.includes('succeed again'))
    expect(ended).toEqual([`Appends to ${from} succeed again, after 4 refused ones in 61 s`])
  })

  it('a partition that was made on a full disk serves as soon as there is room', () => {
    const rig = new Rig()
    rig.disk.fail({ operation: 'make', errno: 'ENOSPC', times: 9 })
    rig.create(0)
    expect(errorOf(() => rig.append('early'))).toBe('KAFKA_STORAGE_ERROR')
    rig.clock.advance(10_000)
    expect(rig.failed).toEqual([])
    rig.append('late')
    expect(rig.values()).toEqual(['late'])
    expect(rig.assigned.get(0)).toBe(IDS[rig.directoryOf()!])
  })

  it('a partition whose directory is full holds up no other', () => {
    const rig = new Rig()
    rig.move('/a', 0)
    rig.move('/b', 1)
    rig.disk.fail({ operation: 'make', path: '/a/', errno: 'ENOSPC', times: 1000 })
    rig.disk.fail({ operation: 'make', path: '/b/', errno: 'ENOSPC', times: 1 })
    rig.create(0)
    rig.create(1)
    rig.clock.advance(5000)
    expect(errorOf(() => rig.append('x', 0))).toBe('KAFKA_STORAGE_ERROR')
    rig.append('y', 1)
    expect(rig.directoryOf(1)).toBe('/b')
  })

  it('a partition that was deleted while it had no room stays away', () => {
    const rig = new Rig()
    rig.disk.fail({ operation: 'make', errno: 'ENOSPC', times: 3 })
    rig.create(0)
    rig.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    rig.clock.advance(10_000)
    expect(rig.names()).toEqual([])
  })

  for (const [what, errno, times] of [
    ['there was no room once', 'ENOSPC', 1],
    ['there was no room for a while', 'ENOSPC', 6],
    ['the disk failed', 'EIO', 1],
  ] as const) {
    it(`a partition whose making was broken off lies in one directory only: ${what}`, () => {
      const rig = new Rig()
      rig.disk.fail({ operation: 'make', path: '/t-0', errno, times })
      rig.create(0)
      rig.clock.advance(5000)
      rig.append('x')
      expect(rig.names()).toEqual([`${rig.directoryOf()}/t-0`])
    })
  }

  for (const begun of ['/a', '/c']) {
    it(`a start takes the log that has records, and not the one that was begun in ${begun}`, () => {
      const rig = new Rig()
      rig.move('/b', 0)
      rig.create(0)
      rig.append('x')
      rig.logs.close()
      rig.disk.makeDirectory(`${begun}/t-0`)
      rig.disk.restartProcess()
      rig.start()
      expect(rig.names()).toEqual(['/b/t-0'])
      expect(rig.values()).toEqual(['x'])
      expect(rig.logs.get('t', 0)!.highWatermark).toBe(1)
    })
  }

  it('a deletion whose checkpoint cannot be written takes the directory offline, and nothing else', () => {
    const { rig, from } = filled()
    rig.create(1)
    cleaned(rig, from, 5)
    rig.disk.fail({ operation: 'write', path: `${from}/cleaner-offset-checkpoint`, errno: 'EIO', times: 1 })
    rig.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    expect(rig.failed).toEqual([from])
    expect(rig.names()).toEqual([`${from}/t-0`])
  })

  it('a deletion of many compacted partitions writes the checkpoint of a directory once', () => {
    const rig = new Rig()
    for (let partition = 0; partition < 30; partition += 1) rig.create(partition)
    for (const partition of rig.partitions) cleaned(rig, rig.directoryOf(partition)!, 0, partition)
    const before = rig.disk.operations
    rig.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    expect(rig.names()).toEqual([])
    expect(rig.disk.operations - before).toBeLessThan(30 + 3 * 10)
  })

  it('a deletion goes on where a full disk has no room for longer names', () => {
    const { rig } = filled()
    rig.create(1)
    rig.create(2)
    rig.disk.fail({ operation: 'rename', path: '/t-', errno: 'ENOSPC', times: 2 })
    rig.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    expect(rig.failed).toEqual([])
    expect(rig.names()).toEqual([])
  })

  for (const errno of ['ENOSPC', 'EMFILE', 'EIO']) {
    for (const operation of ['open', 'truncate'] as const) {
      it(`a changed setting reaches all partitions although the first index cannot be resized: ${operation} ${errno}`, () => {
        const { rig, from } = filled()
        rig.create(1)
        for (const value of numbered(5)) rig.append(value, 1)
        for (const log of rig.logs.logs()) log.files.active.release()
        rig.disk.fail({ operation, path: `${from}/t-0/00000000000000000000.index`, errno })
        const value = '2000'
        rig.apply(
          metadataRecord('ConfigRecord', 0, { resourceType: 2, resourceName: 't', name: 'segment.index.bytes', value }),
        )
        expect(rig.failed).toEqual(errno === 'EIO' ? [from] : [])
        expect([...rig.logs.logs()].map((log) => log.settings.indexBytes)).toEqual(
          errno === 'EIO' ? [2000] : [2000, 2000],
        )
        if (errno === 'EIO') return
        for (const value of numbered(300, 20)) rig.append(value)
        expect(rig.values()).toEqual(numbered(320))
      })
    }
  }
})
