/**
 * A proposal for the in-sync set that comes late: held back on its way to the controller while the follower that it is
 * about dies, registers anew, and dies again. The controller must not believe it: nobody knows what that follower has.
 */
import { EVENT } from '../engine/engine.ts'
import type { BrokerNode } from './broker-node.ts'
import type { SimConnection } from './fabric.ts'
import type { Faults } from './faults.ts'

const ALTER_PARTITION = 56
const HELD_MS_MAX = 8000
const AWAY_MS = 30
const FENCED_MS = 3000

/** Waits for the next proposal that brings a follower in, and holds it. */
export function armLateJoin(faults: Faults, topic: string): void {
  const { fabric } = faults
  fabric.onWrite = (connection, bytes) => {
    if (faults.isOver || bytes.length < 8 || bytes.readInt16BE(4) !== ALTER_PARTITION) return
    const follower = joiningFollower(faults, topic, connection.host.id)
    if (follower === undefined) return
    fabric.onWrite = undefined
    holdBack(faults, connection, follower)
  }
}

function joiningFollower(faults: Faults, topic: string, leader: number): BrokerNode | undefined {
  const image = faults.survivors.newest()
  for (const partition of image?.topics.get(topic)?.partitions ?? []) {
    if (partition.leader !== leader) continue
    const id = partition.replicas.find((each) => !partition.isr.includes(each))
    const node = id === undefined ? undefined : faults.nodes.get(id)
    if (node?.host.isUp === true && image!.brokers.get(node.id)?.fenced === false) return node
  }
  return undefined
}

function holdBack(faults: Faults, connection: SimConnection, follower: BrokerNode): void {
  const { engine } = faults
  const untilMs = engine.nowMs + HELD_MS_MAX
  const before = faults.survivors.newest()?.brokers.get(follower.id)?.epoch ?? -1
  engine.note(() => `FAULT the proposal of ${connection.host.id} for ${follower.id} is held back`)
  if (!faults.down(follower, AWAY_MS, false)) return
  faults.count++
  connection.hold()
  const look = () => {
    const known = faults.survivors.newest()?.brokers.get(follower.id)
    const isBack = known !== undefined && known.epoch > before && known.fenced
    if (!isBack && engine.nowMs < untilMs && !faults.isOver) {
      engine.after(1, EVENT.fault, look)
      return
    }
    if (isBack && !faults.isOver) faults.down(follower, FENCED_MS, false)
    connection.release()
  }
  engine.after(1, EVENT.fault, look)
}
