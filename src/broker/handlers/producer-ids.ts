/**
 * Producer ids for idempotent producers, taken from blocks that the controller hands to this broker. The next block is
 * asked for before the present one runs out. An id is never given out twice, and ids of a block that a restart leaves
 * unused are lost, as in Kafka.
 */
import { ApiError, errorName } from '../../protocol/errors.ts'
import type { ControllerChannel } from './context.ts'

export interface ProducerIdSource {
  /** A fresh producer id. Rejects with COORDINATOR_LOAD_IN_PROGRESS while no block can be had. */
  next(): number | Promise<number>
}

/** Share of a block after whose use the next one is asked for. */
const PREFETCH_AT = 0.9

interface Block {
  next: number
  readonly end: number
  readonly prefetchFrom: number
}

export class ProducerIdBlocks implements ProducerIdSource {
  readonly #controller: ControllerChannel
  readonly #broker: () => { nodeId: number; epoch: number }
  #current: Block | undefined
  #upcoming: Block | undefined
  #fetching: Promise<void> | undefined

  /** `broker` tells this node's id and its registration's epoch at the time of asking. */
  constructor(controller: ControllerChannel, broker: () => { nodeId: number; epoch: number }) {
    this.#controller = controller
    this.#broker = broker
  }

  next(): number | Promise<number> {
    const id = this.#take()
    return id === undefined ? this.#nextLate() : id
  }

  async #nextLate(): Promise<number> {
    // Others may have used up the block that came; each round trip brings a whole new one.
    for (;;) {
      try {
        await this.#fetch()
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new ApiError('COORDINATOR_LOAD_IN_PROGRESS', `no producer ids from the controller: ${reason}`)
      }
      const id = this.#take()
      if (id !== undefined) return id
    }
  }

  #take(): number | undefined {
    if (this.#current === undefined || this.#current.next >= this.#current.end) {
      this.#current = this.#upcoming
      this.#upcoming = undefined
    }
    const block = this.#current
    if (block === undefined) return undefined
    const id = block.next++
    // A failed prefetch is no one's failure yet: the request that finds nothing left asks again and reports.
    if (id >= block.prefetchFrom && this.#upcoming === undefined) this.#fetch().catch(() => {})
    return id
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#request().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #request(): Promise<void> {
    const { nodeId, epoch } = this.#broker()
    const from = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
    const answer = await this.#controller.send('AllocateProducerIds', 0, { brokerId: nodeId, brokerEpoch: epoch }, from)
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    const { producerIdStart, producerIdLen } = answer
    this.#upcoming = {
      next: producerIdStart,
      end: producerIdStart + producerIdLen,
      prefetchFrom: producerIdStart + Math.floor(producerIdLen * PREFETCH_AT),
    }
  }
}
