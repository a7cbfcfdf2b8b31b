/** The Go clients: franz-go (which rpk and kcl are built on) and Sarama (which kafkactl is built on). */
import { expect, it } from 'vitest'
import { suiteWith } from './support/engine.ts'
import { goClients } from './support/peers.ts'
import { runOk } from './support/process.ts'

const peer = { name: 'the Go clients', found: goClients(), install: '--go' }

suiteWith('Go clients', peer, ['bundled'], (engine, program) => {
  const run = async (client: string): Promise<unknown> => {
    const done = await runOk(program, [client, engine().bootstrap], { timeoutMs: 150_000 })
    return JSON.parse(done.stdout)
  }

  it('franz-go produces with every codec, consumes in a group and administers', async () => {
    expect(await run('franz')).toEqual({
      exists: true,
      ends: [50, 50, 50],
      read: [150, 30, 'k0', 30],
      group: ['Stable', 'cooperative-sticky', 1],
      lag: 0,
      lowWatermark: 10,
      retention: '1000',
    })
  })

  it('Sarama produces, consumes in a group and administers', async () => {
    expect(await run('sarama')).toEqual({
      lastOffset: 29,
      read: [90, 'k0'],
      committed: [30, 'note'],
      state: 'Empty',
      partitions: 3,
    })
  })
})
