/**
 * Bits that flip on the disk of a node that is down. Of what can be made again (indexes, producers' state) any; of a log
 * only what recovery reads, behind the recovery point, and there only what the checksum of a batch covers.
 */
import type { Prng } from '../../../src/base/prng.ts'
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import type { SimDisk } from './sim-disk.ts'

const DATA = '/data'
const REMADE = ['.index', '.timeindex', '.snapshot']
/** Magic stands there, the checksum follows, and everything behind it is covered. */
const COVERED_FROM = 16

/** The file in which a bit was flipped; undefined when there was none to flip. */
export function flipBit(disk: SimDisk, random: Prng, what: 'index' | 'log'): string | undefined {
  return what === 'index' ? flipRemade(disk, random) : flipLog(disk, random)
}

function flipRemade(disk: SimDisk, random: Prng): string | undefined {
  const files = partitions(disk).flatMap((directory) => {
    return disk
      .list(directory)
      .filter((name) => REMADE.some((ending) => name.endsWith(ending)))
      .map((name) => `${directory}/${name}`)
      .filter((path) => disk.readFile(path).length > 0)
  })
  if (files.length === 0) return undefined
  const path = random.pick(files)
  const bytes = disk.readFile(path)
  flip(disk, path, bytes, random.int(bytes.length), random)
  return path
}

function flipLog(disk: SimDisk, random: Prng): string | undefined {
  const points = recoveryPoints(disk)
  const places: { path: string; bytes: Buffer; from: number; to: number }[] = []
  for (const directory of partitions(disk)) {
    const last = disk
      .list(directory)
      .filter((name) => name.endsWith('.log'))
      .at(-1)
    if (last === undefined) continue
    const path = `${directory}/${last}`
    const bytes = disk.readFile(path)
    const point = points.get(directory.slice(DATA.length + 1)) ?? 0
    for (const { header, position } of eachBatch(bytes)) {
      if (header.baseOffset < point) continue
      places.push({ path, bytes, from: position + COVERED_FROM, to: position + header.sizeBytes })
    }
  }
  if (places.length === 0) return undefined
  const { path, bytes, from, to } = random.pick(places)
  flip(disk, path, bytes, from + random.int(to - from), random)
  return path
}

function flip(disk: SimDisk, path: string, bytes: Buffer, at: number, random: Prng): void {
  const file = disk.open(path, 'readwrite')
  const { capacityBytes } = disk
  disk.capacityBytes = Number.POSITIVE_INFINITY
  file.write(at, [Buffer.of(bytes[at]! ^ (1 << random.int(8)))])
  file.sync()
  file.close()
  disk.capacityBytes = capacityBytes
}

function partitions(disk: SimDisk): string[] {
  return disk
    .list(DATA)
    .filter((name) => /-\d+$/.test(name) && !name.startsWith('__cluster_metadata'))
    .map((name) => `${DATA}/${name}`)
}

/** By directory of the partition. */
function recoveryPoints(disk: SimDisk): Map<string, number> {
  const path = `${DATA}/recovery-point-offset-checkpoint`
  if (disk.stat(path) === undefined) return new Map()
  const rows = disk.readFile(path).toString().split('\n').slice(2)
  return new Map(
    rows
      .map((row) => row.split(' '))
      .filter((parts) => parts.length === 3)
      .map(([topic, partition, offset]) => [`${topic}-${partition}`, Number(offset)]),
  )
}
