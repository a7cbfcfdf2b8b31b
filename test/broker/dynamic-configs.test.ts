/** Dynamic broker settings take effect while the node runs, and are there again after a restart. */
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import { encodeRequestFrame } from '../../src/protocol/frame.ts'
import { createTopic, dataDisk, startNode } from './node.ts'

const BROKER = 4
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
const started: Broker[] = []
const sockets: Socket[] = []

async function start(options: Parameters<typeof startNode>[0] = {}): Promise<Broker> {
  const broker = await startNode(options)
  started.push(broker)
  return broker
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const broker of started.splice(0)) await broker.stop()
})

async function alter(broker: Broker, name: string, values: Record<string, string | null>): Promise<void> {
  const configs = Object.entries(values).map(([key, value]) => ({
    name: key,
    value,
    configOperation: value === null ? 1 : 0,
  }))
  const resources = [{ resourceType: BROKER, resourceName: name, configs }]
  const { responses } = await broker.services.controller.send('IncrementalAlterConfigs', 1, { resources }, SELF)
  expect(responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])).toEqual([[0, null]])
}

function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (holds()) resolve()
      else setImmediate(look)
    }
    look()
  })
}

/** True when the node answers on a new connection, false when it drops it or does not listen. */
function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(false))
    socket.on('data', () => resolve(true))
    for (const piece of encodeRequestFrame('ApiVersions', 0, { correlationId: 1, clientId: 'test' }, {})) {
      socket.write(piece)
    }
  })
}

describe('a running node', () => {
  it('gives topics without values of their own the new defaults, the own ones of the broker first', async () => {
    const disk = dataDisk()
    let broker = await start({ disk })
    await createTopic(broker, 't')
    const topic = () => broker.services.logs.get('t', 0)!.config
    await until(() => broker.services.logs.get('t', 0) !== undefined)
    await alter(broker, '', { 'log.retention.ms': '5000', 'message.max.bytes': '777' })
    expect([topic().get('retention.ms'), topic().get('max.message.bytes')]).toEqual([5000, 777])
    await alter(broker, '1', { 'log.retention.ms': '6000' })
    expect([topic().get('retention.ms'), topic().get('max.message.bytes')]).toEqual([6000, 777])
    await broker.stop()
    broker = await start({ disk })
    expect([topic().get('retention.ms'), topic().get('max.message.bytes')]).toEqual([6000, 777])
    expect(broker.services.config.get('message.max.bytes')).toBe(777)
    await alter(broker, '1', { 'log.retention.ms': null })
    await alter(broker, '', { 'log.retention.ms': null, 'message.max.bytes': null })
    expect([topic().get('retention.ms'), topic().get('max.message.bytes')]).toEqual([604_800_000, 1_048_588])
  })

  it('takes fewer connections of an address when told so', async () => {
    const broker = await start()
    const { port } = broker.bootstrap
    expect(await isServed(port)).toBe(true)
    await alter(broker, '', { 'max.connections.per.ip': '1' })
    expect(await isServed(port)).toBe(false)
    await alter(broker, '', { 'max.connections.per.ip.overrides': '127.0.0.1:5' })
    expect(await isServed(port)).toBe(true)
  })

  it('opens and closes listeners', async () => {
    const broker = await start({
      overrides: { 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,MORE:PLAINTEXT' },
    })
    const before = broker.config.text('listeners')!
    await alter(broker, '1', { listeners: `${before},MORE://127.0.0.1:0` })
    await until(() => broker.listeners.portOf('MORE') !== undefined)
    const port = broker.listeners.portOf('MORE')!
    expect(await isServed(port)).toBe(true)
    await alter(broker, '1', { listeners: null })
    await until(() => broker.listeners.portOf('MORE') === undefined)
    expect(await isServed(port)).toBe(false)
  })
})
