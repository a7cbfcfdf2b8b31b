/**
 * Who works on the cluster as a whole: the operations that were begun on this machine and have not ended, from their journals, and the
 * lock on the cluster itself, which any machine may hold. Looking takes nothing and brings nothing into being.
 */
import { join } from 'node:path'
import { MqError } from '../../base/errors.ts'
import { ClusterClient } from '../../client/cluster-client.ts'
import { mqHome } from '../../platform/mq-home.ts'
import { NodeDisk } from '../../platform/node-disk.ts'
import { saidBy, SESSION_MS } from '../engine/cluster-lock.ts'
import { KafkaLockGroup } from '../engine/lock-group.ts'
import { OperationStore } from '../engine/store.ts'
import type { LockLook, OperationLook } from './model.ts'

/** Whether the lock is held is no matter of health: nobody waits long for a coordinator that is away. */
const PATIENCE_MS = 2000

/** The operations on this machine's record of the cluster that have not ended. Throws MqError for a journal that cannot be read. */
export function openOperations(cluster: string | null): OperationLook[] {
  const store = new OperationStore(new NodeDisk(), join(mqHome(), 'ops'), cluster ?? 'unknown')
  return store
    .list()
    .filter(({ state }) => state.outcome === undefined)
    .map(({ id, state }) => ({
      ...{ id, kind: state.plan.kind, operator: state.operator, begunAtMs: state.begunAtMs },
      reason: state.pausedBecause ?? null,
    }))
}

/** Who holds the lock; null: nobody, or it cannot be seen. The caller knows that the topic of groups is there. */
export async function heldLock(client: ClusterClient): Promise<LockLook | null> {
  const { options } = client
  const apiTimeoutMs = Math.min(options.apiTimeoutMs, PATIENCE_MS)
  try {
    // On a connection of its own: other questions do not wait behind it.
    const aside = await ClusterClient.connect({ ...options, apiTimeoutMs })
    try {
      const [holder] = (await new KafkaLockGroup(aside, SESSION_MS).look()).members
      return holder === undefined ? null : saidBy(holder)
    } finally {
      aside.close()
    }
  } catch (error) {
    // Groups that are away show as partitions that are; who may not see groups sees all the rest.
    if (error instanceof MqError) return null
    throw error
  }
}
