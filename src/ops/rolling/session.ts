/** A rolling restart from the outside: the plan for a cluster as it is now, its run, and going on with one that was stopped. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { NodeDriver } from '../../cluster/node-driver.ts'
import { type RunResult, unfinishedError } from '../engine/engine.ts'
import { type OpenEngine, openEngine } from '../engine/open.ts'
import type { Step } from '../engine/operation.ts'
import { type Plan, sealPlan } from '../engine/plan.ts'
import { StopControl } from '../engine/stop-control.ts'
import type { StoredOperation } from '../engine/store.ts'
import { ROLLING_KIND, type RollingBody, type RollingNode, RollingOperation } from './operation.ts'
import { restartOrder } from './safety.ts'
import { KafkaRollingWorld, type RollingWorld } from './world.ts'

export type RollingPlan = Plan<RollingBody>

export interface RollingHooks {
  readonly warn: (text: string) => void
  readonly onStep: (step: Step, index: number, count: number) => void
}

export class RollingSession {
  readonly #world: RollingWorld
  readonly #open: OpenEngine
  readonly #operation: RollingOperation

  private constructor(client: ClusterClient, cluster: string, driver: NodeDriver, hooks: RollingHooks) {
    this.#world = new KafkaRollingWorld(client)
    this.#open = openEngine(client, { cluster, work: 'mq broker restart --rolling', ...hooks })
    this.#operation = new RollingOperation(this.#world, driver)
  }

  static async open(client: ClusterClient, driver: NodeDriver, hooks: RollingHooks): Promise<RollingSession> {
    const { clusterId } = await client.metadata()
    return new RollingSession(client, clusterId ?? 'unknown', driver, hooks)
  }

  control(): StopControl {
    return new StopControl(this.#open.clock)
  }

  /** The plan for `nodes` of the cluster; order as `restartOrder` has it. */
  async plan(all: readonly RollingNode[], nodes: readonly RollingNode[]): Promise<RollingPlan> {
    const { cluster, quorum } = await this.#world.look()
    const plain = ({ id, roles }: RollingNode) => ({ id, roles: [...roles] })
    return sealPlan(ROLLING_KIND, cluster, {
      nodes: restartOrder(nodes, quorum.leader).map(plain),
      cluster: all.map(plain),
    })
  }

  /** The rolling restart that was begun and has not ended. Throws RefusedError while another kind of operation has not. */
  unfinished(): StoredOperation | undefined {
    const open = this.#open.store.unfinished()
    if (open !== undefined && open.state.plan.kind !== ROLLING_KIND) throw unfinishedError(open)
    return open
  }

  /** Throws RefusedError when the plan cannot be carried out now. */
  check(plan: RollingPlan): Promise<void> {
    return this.#operation.check(plan)
  }

  run(plan: RollingPlan, control: StopControl): Promise<RunResult> {
    return this.#open.engine.run(this.#operation, plan, control)
  }

  resume(id: string, control: StopControl): Promise<RunResult> {
    return this.#open.engine.resume(this.#operation, id, control)
  }

  /** Gives it up: the node under way is started, and nothing more is restarted. */
  cancel(id: string, control: StopControl): Promise<RunResult> {
    return this.#open.engine.cancel(this.#operation, id, control)
  }
}
