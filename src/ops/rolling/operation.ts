/**
 * A rolling restart as an operation of the engine: one step a node. A step begins only while every partition can spare the
 * node, and ends when the node serves again and every partition has all its replicas in sync; between two steps the whole
 * cluster is whole, and that is where it can be stopped.
 */
import { MqError, RefusedError } from '../../base/errors.ts'
import type { NodeDriver } from '../../cluster/node-driver.ts'
import { ConnectionError } from '../../client/errors.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { Control, Operation, Step } from '../engine/operation.ts'
import type { Plan } from '../engine/plan.ts'
import { hazards, notSince, summary, unsettled } from './safety.ts'
import type { ClusterView, RollingWorld } from './world.ts'

export type RollingNode = { readonly id: number; readonly roles: readonly string[] }
export type RollingBody = {
  /** In the order in which they are restarted. */
  readonly nodes: readonly RollingNode[]
  /** All nodes of the cluster, restarted or not: they must serve between two steps. */
  readonly cluster: readonly RollingNode[]
}

export const ROLLING_KIND = 'rolling-restart'

/** The life of the node before its restart. */
type Before = { readonly life: string | null }

const LOOK_MS = 100
/** In-sync sets move a little under load; a node is not refused for what is over in a moment. */
const PATIENCE_MS = 10_000
const SAFE_HINT =
  'mq cluster health says what is wrong; mq reassign rf TOPIC 3 gives a topic more replicas; mq broker restart without --rolling restarts all at once'

export class RollingOperation implements Operation<RollingBody> {
  readonly kind = ROLLING_KIND
  readonly #world: RollingWorld
  readonly #driver: NodeDriver
  readonly #patienceMs: number

  constructor(world: RollingWorld, driver: NodeDriver, patienceMs: number = PATIENCE_MS) {
    this.#world = world
    this.#driver = driver
    this.#patienceMs = patienceMs
  }

  steps({ body }: Plan<RollingBody>): Step[] {
    return body.nodes.map(
      ({ id }): Step => ({
        id: `node-${id}`,
        title: `node ${id}`,
        prepare: async (): Promise<Before> => {
          await this.#awaitSafe(body, [id])
          return { life: await this.#driver.life(id) }
        },
        apply: (before, control) => this.#restart(body, id, before as Before, control),
        // Nothing goes down any more, so there is nothing that the rest of the cluster would have to be whole for.
        undo: (_, control) => this.#driver.start(id, control.signal),
      }),
    )
  }

  async check({ body }: Plan<RollingBody>): Promise<void> {
    await this.#awaitSafe(
      body,
      body.nodes.map(({ id }) => id),
    )
    const grave = await this.#world.graveFindings()
    if (grave.length > 0) throw new RefusedError(`no node may go down now: ${summary(grave)}`, SAFE_HINT)
  }

  async verify({ body }: Plan<RollingBody>): Promise<string[]> {
    return unsettled(await this.#world.look({ everywhere: true }), body.cluster)
  }

  async #restart(body: RollingBody, id: number, { life }: Before, control: Control): Promise<void> {
    const now = await this.#driver.life(id)
    // After a kill of this command: the node may be down, or up again already.
    if (now !== null && now === life) {
      control.report({ text: 'stopping' })
      await this.#awaitSafe(body, [id])
      await this.#driver.stop(id, control.signal)
    }
    control.report({ text: 'starting' })
    await this.#driver.start(id, control.signal)
    await this.#awaitWhole(body, id, control)
  }

  /** Throws RefusedError when one of these nodes cannot be spared, each by itself, and that does not pass. */
  async #awaitSafe(body: RollingBody, ids: readonly number[]): Promise<void> {
    const deadlineMs = performance.now() + this.#patienceMs
    for (;;) {
      const view = await this.#world.look({ everywhere: true })
      const minIsr = await this.#world.minIsr([...new Set(view.partitions.map(({ topic }) => topic))])
      const lasting = ids.flatMap((id) => hazards(view, id, minIsr))
      const passing = unsettled(view, body.cluster)
      if (lasting.length === 0 && passing.length === 0) return
      // With all replicas in sync there is nothing that waiting could change.
      if (passing.length === 0) {
        throw new RefusedError(`a restart of one node at a time is not safe: ${summary(lasting)}`, SAFE_HINT)
      }
      if (performance.now() > deadlineMs) {
        throw new RefusedError(`the cluster is not whole: ${summary(passing)}`, SAFE_HINT)
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** Waits until the whole cluster is whole, the node that was restarted with it. */
  async #awaitWhole(body: RollingBody, restarted: number, control: Control): Promise<void> {
    let since: number | null = null
    const reasonsOf = (view: ClusterView | undefined) => {
      if (view === undefined) return ['no broker answers']
      since ??= view.quorum.nowMs
      return [...unsettled(view, body.cluster), ...notSince(view, restarted, since)]
    }
    for (;;) {
      let reasons = reasonsOf(await this.#lookAnyhow())
      // One broker that has not heard of the restart would call the cluster whole: all have to.
      if (reasons.length === 0) reasons = reasonsOf(await this.#lookAnyhow({ everywhere: true }))
      if (reasons.length === 0) return
      control.report({ text: summary(reasons) })
      for (const { id } of body.cluster) {
        if (await this.#driver.isUp(id)) continue
        throw new MqError('MQ_NODE_DOWN', `node ${id} has ended while the cluster was waited for`, {
          hint: `mq broker logs --node ${id}; mq broker start starts it, then mq broker restart --rolling goes on`,
        })
      }
      await control.sleep(LOOK_MS)
    }
  }

  /** While a node comes back its connections are lost and leaders move: that is no failure here. */
  async #lookAnyhow(options?: { readonly everywhere: boolean }): Promise<ClusterView | undefined> {
    try {
      return await this.#world.look(options)
    } catch (error) {
      if (error instanceof ConnectionError || error instanceof ApiError) return undefined
      throw error
    }
  }
}
