/** The logs of a stopped cluster, replica beside replica: the same bytes on every node. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Violation } from './verified-load.ts'

/** Throws Violation when two replicas differ; returns how much was compared. */
export function compareReplicas(dataDirs: readonly string[], topic: string, partitions: number): string {
  let bytes = 0
  for (let partition = 0; partition < partitions; partition += 1) {
    const name = `${topic}-${partition}`
    const sums = dataDirs.map((directory) => {
      const folder = join(directory, name)
      if (!existsSync(folder)) throw new Violation(`${folder} is not there`)
      const hash = createHash('sha256')
      let size = 0
      // Replicas may roll their segments at different offsets: the bytes of all of them in order are what must agree.
      for (const file of readdirSync(folder)
        .filter((one) => one.endsWith('.log'))
        .sort()) {
        const content = readFileSync(join(folder, file))
        hash.update(content)
        size += content.length
      }
      return { sum: hash.digest('hex'), size }
    })
    bytes += sums[0]!.size
    if (new Set(sums.map(({ sum }) => sum)).size > 1) {
      throw new Violation(`${name}: the replicas differ, with ${sums.map(({ size }) => size).join(', ')} bytes`)
    }
  }
  return `${partitions} partitions, ${(bytes / 2 ** 20).toFixed(0)} MiB, the same bytes on ${dataDirs.length} nodes`
}
