/**
 * Which machines may go down, and which may lose what they had not synced. A controller cannot know whether a replica that
 * died lost anything; it takes it out of the in-sync sets when it registers anew. So replication promises to survive losses
 * as long as of every partition one in-sync replica lives until then: with less a loss would be nobody's fault. One that
 * died itself, with all its data, and has not registered anew yet, is none of them: it leaves the in-sync sets then.
 */
import type { MetadataImage } from '../../../src/broker/metadata/image.ts'
import type { BrokerNode } from './broker-node.ts'

export class Survivors {
  private readonly nodes: ReadonlyMap<number, BrokerNode>
  /** Broker epochs of the lives in which machines last lost something. */
  private readonly lostIn = new Map<number, number>()
  /** Broker epochs of the lives that ended last. */
  private readonly diedIn = new Map<number, number>()
  /** The newest metadata of a node that has gone since. */
  private remembered: MetadataImage | undefined

  constructor(nodes: ReadonlyMap<number, BrokerNode>) {
    this.nodes = nodes
  }

  /** The newest committed metadata that any node has or had. */
  newest(): MetadataImage | undefined {
    let best = this.remembered
    for (const { broker } of this.nodes.values()) {
      const image = broker?.services.image
      if (image !== undefined && (best === undefined || image.offset > best.offset)) best = image
    }
    return best
  }

  /** To be called before any node goes down. */
  remember(): void {
    this.remembered = this.newest()
  }

  /** Machines that lost something, and that the controller still takes for what they were. */
  unknown(): number[] {
    const image = this.newest()
    return [...this.lostIn].filter(([id, epoch]) => (image?.brokers.get(id)?.epoch ?? -1) <= epoch).map(([id]) => id)
  }

  /** True when a process may die, with or without its data. */
  mayDie(node: number): boolean {
    return this.unknown().every((id) => id === node)
  }

  /**
   * True when these, several only where `isCalm`, may lose their unsynced data at one moment. Disks that are full end
   * processes too, later.
   */
  mayLose(cut: readonly number[], isCalm: boolean): boolean {
    const image = this.newest()
    if (image === undefined || (cut.length > 1 && !isCalm) || this.unknown().some((id) => !cut.includes(id)))
      return false
    if ([...this.nodes.values()].some(({ disk }) => disk.isFull)) return false
    for (const topic of image.topics.values()) {
      for (const { isr } of topic.partitions) {
        if (!isr.some((id) => !cut.includes(id) && this.isKnownToLive(id, image))) return false
      }
    }
    return true
  }

  lost(node: number): void {
    this.lostIn.set(node, this.newest()?.brokers.get(node)?.epoch ?? -1)
  }

  /** To be called when a life ends, however it does. */
  died(node: number): void {
    this.remember()
    this.diedIn.set(node, this.remembered?.brokers.get(node)?.epoch ?? -1)
  }

  /** It is up, not on its way down, and registered in this life. */
  private isKnownToLive(id: number, image: MetadataImage): boolean {
    const node = this.nodes.get(id)
    const epoch = image.brokers.get(id)?.epoch ?? -1
    return node?.host.isUp === true && node.isKept && epoch > (this.diedIn.get(id) ?? -1)
  }
}
