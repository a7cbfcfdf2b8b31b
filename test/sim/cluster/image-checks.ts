/**
 * What must hold of every node's committed metadata at any time (M1, M7, M9, M11, M12, D12): looked at by sampling, since
 * an image only ever moves on.
 */
import type { Broker } from '../../../src/broker/broker.ts'
import { imageHash } from '../../../src/broker/metadata/image-hash.ts'
import type { PartitionImage } from '../../../src/broker/metadata/topics.ts'
import { Violation } from '../engine/violation.ts'
import type { ClusterMoment } from './plan.ts'

export class ImageChecks {
  private readonly hashes = new Map<string, string>()
  private readonly offsets = new Map<Broker, number>()
  private readonly controllers = new Map<number, number>()
  private readonly leaders = new Map<string, number>()
  private readonly states = new Map<string, string>()
  private readonly partitions = new Map<string, PartitionImage>()
  private readonly brokerEpochs = new Map<number, number>()
  private readonly names = new Map<string, string>()
  private highest = -1

  /** Looks at one node; answers with what happened there since anybody was looked at. */
  look(node: number, broker: Broker): ClusterMoment[] {
    const { image, quorum } = broker.services
    const found: ClusterMoment[] = []
    if (broker.services.isActiveController?.() === true) {
      const epoch = quorum.leaderEpoch
      const other = this.controllers.get(epoch)
      if (other !== undefined && other !== node)
        fail('M1', `nodes ${other} and ${node} are controllers of epoch ${epoch}`)
      if (other === undefined) found.push('controller')
      this.controllers.set(epoch, node)
    }
    const former = this.offsets.get(broker)
    if (former === image.offset) return found
    if (former !== undefined && image.offset < former) {
      fail('M7', `the metadata of node ${node} goes back from ${former} to ${image.offset}`)
    }
    this.offsets.set(broker, image.offset)
    if (!image.inTransaction) {
      const hash = imageHash(image)
      const known = this.hashes.get(String(image.offset))
      if (known !== undefined && known !== hash) {
        fail('M9', `the metadata of node ${node} at ${image.offset} is ${hash}, another node's was ${known}`)
      }
      this.hashes.set(String(image.offset), hash)
    }
    // Older metadata than somebody has was looked at before.
    if (image.offset <= this.highest) return found
    this.highest = image.offset
    for (const { id, epoch } of image.brokers.values()) {
      const last = this.brokerEpochs.get(id) ?? -1
      if (epoch < last) fail('M11', `the epoch of broker ${id} falls from ${last} to ${epoch}`)
      this.brokerEpochs.set(id, epoch)
    }
    for (const topic of image.topics.values()) {
      const name = this.names.get(topic.id)
      if (name !== undefined && name !== topic.name)
        fail('M12', `topic id ${topic.id} was ${name}, now is ${topic.name}`)
      this.names.set(topic.id, topic.name)
      for (const partition of topic.partitions) {
        found.push(...this.lookAtPartition(`${topic.name}/${topic.id}-${partition.partition}`, partition, broker))
      }
    }
    return found
  }

  private lookAtPartition(name: string, now: PartitionImage, broker: Broker): ClusterMoment[] {
    const found: ClusterMoment[] = []
    const { leader, isr, replicas, leaderEpoch, partitionEpoch } = now
    const before = this.partitions.get(name)
    this.partitions.set(name, now)
    if (leader >= 0 && !isr.includes(leader)) fail('M11', `${name}: leader ${leader} is not in sync: ${isr.join(',')}`)
    if (!isr.every((id) => replicas.includes(id)))
      fail('M11', `${name}: in sync ${isr.join(',')} of ${replicas.join(',')}`)
    if (leader >= 0) {
      const fenced = isr.filter((id) => broker.services.image.brokers.get(id)?.fenced !== false)
      if (fenced.length > 0) fail('M11', `${name}: ${fenced.join(',')} fenced and in sync under leader ${leader}`)
      const key = `${name}@${leaderEpoch}`
      const other = this.leaders.get(key)
      if (other !== undefined && other !== leader)
        fail('D12', `${name} has leaders ${other} and ${leader} in ${leaderEpoch}`)
      this.leaders.set(key, leader)
    }
    const state = `${leader} ${leaderEpoch} ${isr.join(',')} ${replicas.join(',')}`
    const known = this.states.get(`${name}@${partitionEpoch}`)
    if (known !== undefined && known !== state)
      fail('M11', `${name} at partition epoch ${partitionEpoch}: ${known}, then ${state}`)
    this.states.set(`${name}@${partitionEpoch}`, state)
    if (before === undefined) return found
    if (leaderEpoch < before.leaderEpoch)
      fail('M11', `${name}: leader epoch ${before.leaderEpoch}, then ${leaderEpoch}`)
    if (partitionEpoch < before.partitionEpoch) {
      fail('M11', `${name}: partition epoch ${before.partitionEpoch}, then ${partitionEpoch}`)
    }
    // Who leads next was in sync or eligible; or was the last known to be, when nobody else is left.
    const isLast = before.isr.length === 0 && now.elr.length === 0 && before.lastKnownElr.includes(leader)
    // The change that brings the last new replica into the ISR ends a reassignment, and may make it the leader at once.
    const isNew = before.adding.includes(leader)
    const wasEligible = before.isr.includes(leader) || before.elr.includes(leader) || isLast || isNew
    if (
      leader >= 0 &&
      leaderEpoch === before.leaderEpoch + 1 &&
      !wasEligible &&
      partitionEpoch === before.partitionEpoch + 1
    ) {
      fail(
        'M11',
        `${name}: leader ${leader} was not in sync before (${before.isr.join(',')}, eligible ${before.elr.join(',')})`,
      )
    }
    if (leader !== before.leader) found.push('leaderChanged')
    if (isr.length !== before.isr.length) found.push('isrChanged')
    return found
  }
}

function fail(invariant: string, message: string): never {
  throw new Violation(invariant, message)
}
