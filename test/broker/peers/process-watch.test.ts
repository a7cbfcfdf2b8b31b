/** When a process is called dead, and when not. Time is virtual, the network is the test's. */
import { beforeEach, describe, expect, it } from 'vitest'
import { ProcessWatch } from '../../../src/broker/peers/process-watch.ts'
import type { Connection, ConnectionEvents, Network } from '../../../src/base/network.ts'
import { ManualClock } from '../../support/manual-clock.ts'

type Mood = 'listens' | 'refuses' | 'is silent' | 'closes'

class Machine implements Network {
  mood: Mood = 'listens'
  attempts = 0
  readonly #open: ConnectionEvents[] = []

  listen(): never {
    throw new Error('nobody listens in this test')
  }

  connect(): Promise<Connection> {
    this.attempts++
    if (this.mood === 'refuses') return Promise.reject(Object.assign(new Error('refused'), { errno: 'ECONNREFUSED' }))
    if (this.mood === 'is silent') return Promise.reject(Object.assign(new Error('late'), { errno: 'ETIMEDOUT' }))
    const { mood } = this
    const connection = {
      receive: (events: ConnectionEvents) => {
        this.#open.push(events)
        if (mood === 'closes') queueMicrotask(() => this.end())
      },
      resume: () => {},
      destroy: () => {},
    }
    return Promise.resolve(connection as unknown as Connection)
  }

  end(): void {
    for (const events of this.#open.splice(0)) events.close()
  }
}

let machine: Machine
let clock: ManualClock
let deaths: number
let watch: ProcessWatch

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 25) {
    clock.advance(25)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

beforeEach(async () => {
  machine = new Machine()
  clock = new ManualClock()
  deaths = 0
  const endpoint = { host: '127.0.0.1', port: 9092 }
  watch = new ProcessWatch({ endpoint, network: machine, clock, onDead: () => deaths++ })
  await pass(2000)
})

describe('a process is called dead', () => {
  it('once, soon after its connection ended and nobody listens any more', async () => {
    machine.mood = 'refuses'
    machine.end()
    await pass(200)
    expect(deaths).toBe(1)
    const { attempts } = machine
    await pass(10_000)
    expect({ deaths, attempts: machine.attempts }).toEqual({ deaths: 1, attempts })
  })

  it('also when it was gone before anybody looked', async () => {
    machine.mood = 'refuses'
    new ProcessWatch({ endpoint: { host: '127.0.0.1', port: 1 }, network: machine, clock, onDead: () => deaths++ })
    await pass(200)
    expect(deaths).toBe(1)
  })
})

describe('a process is not called dead', () => {
  it('while its connection stands', async () => {
    await pass(60_000)
    expect({ deaths, attempts: machine.attempts }).toEqual({ deaths: 0, attempts: 1 })
  })

  it('when its connection ended and it takes another', async () => {
    machine.end()
    await pass(1000)
    expect({ deaths, attempts: machine.attempts }).toEqual({ deaths: 0, attempts: 2 })
  })

  it('when it refused once and listens again', async () => {
    machine.mood = 'refuses'
    machine.end()
    await pass(25)
    machine.mood = 'listens'
    await pass(1000)
    expect(deaths).toBe(0)
  })

  it('when it cannot be reached for another reason', async () => {
    machine.mood = 'is silent'
    machine.end()
    await pass(30_000)
    expect(deaths).toBe(0)
    expect(machine.attempts).toBeLessThan(30)
  })

  it('when it takes connections and ends them: it is asked less and less often', async () => {
    machine.mood = 'closes'
    machine.end()
    await pass(30_000)
    expect(deaths).toBe(0)
    expect(machine.attempts).toBeLessThan(30)
  })

  it('after nobody wants to know any more', async () => {
    watch.cancel()
    machine.mood = 'refuses'
    machine.end()
    await pass(1000)
    expect({ deaths, attempts: machine.attempts }).toEqual({ deaths: 0, attempts: 1 })
  })
})
