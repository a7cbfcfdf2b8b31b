/** Logs are loaded in steps that others may come between, and a start that ends in the middle leaves no trace. */
import { describe, expect, it } from 'vitest'
import { LogManager } from '../../../src/broker/storage/log-manager.ts'
import { writeMetaProperties } from '../../../src/broker/storage/meta-properties.ts'
import { inOneGo, inSlices } from '../../../src/broker/storage/slices.ts'
import { TopicConfig } from '../../../src/config/topic-config.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { CrashDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'
import { appendValues, nodeConfig, START_MS, TOPIC_ID, valuesOf } from './support.ts'

const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
const brokerConfig = nodeConfig(['/a'])

function manager(disk: CrashDisk, clock: ManualClock): LogManager {
  return new LogManager({
    disk,
    clock,
    log: new QuietLog(),
    logDirs: ['/a'],
    brokerConfig,
    clusterId: CLUSTER_ID,
    nodeId: 1,
    onDirectoryFailure: () => {},
  })
}

function filled() {
  const disk = new CrashDisk()
  const clock = new ManualClock(START_MS)
  disk.makeDirectory('/a')
  writeMetaProperties(disk, '/a', { version: 1, clusterId: CLUSTER_ID, nodeId: 1, directoryId: TOPIC_ID }, START_MS)
  const logs = manager(disk, clock)
  logs.open()
  const config = TopicConfig.of({}, brokerConfig)
  for (let partition = 0; partition < 10; partition++) {
    const log = logs.getOrCreate('t', partition, { topicId: TOPIC_ID, config })
    appendValues(log, [`a${partition}`, `b${partition}`, `c${partition}`])
    log.updateHighWatermark(3)
    log.advanceLogStartOffset(1)
  }
  return { disk, clock, logs }
}

describe('loading', () => {
  it('takes a step a log at least', () => {
    const { disk, clock, logs } = filled()
    logs.close()
    const again = manager(disk, clock)
    again.openDirectories()
    let steps = 0
    for (const _ of again.load()) steps += 1
    expect(steps).toBeGreaterThan(10)
    expect([...again.logs()].length).toBe(10)
  })

  it('takes a step a megabyte of what must be recovered', () => {
    const { disk, clock, logs } = filled()
    for (let i = 0; i < 40; i++) appendValues(logs.get('t', 0)!, ['x'.repeat(100_000)])
    disk.restartProcess()
    const again = manager(disk, clock)
    again.openDirectories()
    let steps = 0
    for (const _ of again.load()) steps += 1
    expect(steps).toBeGreaterThan(10 + 4)
    expect(again.get('t', 0)!.logEndOffset).toBe(43)
  })

  it.each([true, false])('that is ended in the middle leaves everything as it was found, clean: %s', (clean) => {
    const { disk, clock, logs } = filled()
    if (clean) logs.close(77)
    else for (const directory of [...logs.directories]) expect(directory.state).toBe('online')
    disk.restartProcess()
    const checkpoints = ['replication-offset-checkpoint', 'log-start-offset-checkpoint'].map((name) => `/a/${name}`)
    const before = checkpoints.map((path) => disk.readFile(path).toString())
    const halfway = manager(disk, clock)
    halfway.openDirectories()
    const loading = halfway.load()
    for (let step = 0; step < 5; step++) loading.next()
    halfway.close()
    expect(() => inOneGo(loading)).toThrow(/stopped/)
    expect(checkpoints.map((path) => disk.readFile(path).toString())).toEqual(before)
    const again = manager(disk, clock)
    again.open()
    expect([again.wasClean, again.previousBrokerEpoch]).toEqual(clean ? [true, 77] : [false, -1])
    for (let partition = 0; partition < 10; partition++) {
      expect(valuesOf(again.get('t', partition)!, clean ? 1 : 0).at(-1)).toBe(`c${partition}`)
    }
  })
})

describe('work in slices', () => {
  it('gives way to others, gives its result, and what it throws', async () => {
    const clock = new ManualClock(START_MS)
    let turns = 0
    function* work(): Generator<void, string, void> {
      for (let i = 0; i < 5; i++) {
        turns += 1
        yield
      }
      return 'done'
    }
    const result = inSlices(work(), clock, 0)
    expect(turns).toBe(1)
    for (let i = 0; i < 6; i++) clock.advance(1)
    expect(await result).toBe('done')
    // biome-ignore lint/correctness/useYield: it fails before it comes to that.
    const failing = (function* (): Generator<void, void, void> {
      throw new Error('no')
    })()
    await expect(inSlices(failing, clock)).rejects.toThrow('no')
  })
})
