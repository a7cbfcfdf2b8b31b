/** What lies on the disks of a partition's replicas, read without the broker. */
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../../src/protocol/records/record.ts'
import type { Dump, DumpRecord } from '../checkers/history.ts'
import type { BrokerNode } from './broker-node.ts'
import type { PartitionAt } from './client.ts'
import { partitionName, numberIn } from './writers.ts'

export function dumpsOf(nodes: Iterable<BrokerNode>, at: PartitionAt, highWatermark: number): Dump[] {
  const found: Dump[] = []
  for (const node of nodes) {
    if (!at.replicas.includes(node.id)) continue
    const directory = `/data/${at.topic}-${at.partition}`
    const names = node.disk.stat(directory) === undefined ? [] : node.disk.list(directory)
    const records: DumpRecord[] = []
    for (const name of names) {
      if (!name.endsWith('.log')) continue
      const bytes = node.disk.readFile(`${directory}/${name}`)
      for (const { header, position } of eachBatch(bytes)) {
        const batch = bytes.subarray(position, position + header.sizeBytes)
        decodeBatch(batch).forEach(({ offset, value }, index) => {
          records.push({
            offset,
            value: header.isControl ? -2 : numberIn(value),
            producerId: header.producerId,
            producerEpoch: header.producerEpoch,
            sequence: header.baseSequence + index,
            leaderEpoch: header.partitionLeaderEpoch,
          })
        })
      }
    }
    found.push({
      node: node.id,
      partition: partitionName(at.topicId, at.topic, at.partition),
      isInSync: at.isr.includes(node.id),
      logStart: records[0]?.offset ?? 0,
      highWatermark,
      records,
    })
  }
  return found
}
