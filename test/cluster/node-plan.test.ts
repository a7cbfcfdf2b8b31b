/** What a node will be, from what was given and what is missing. */
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type NodeRequest, planNode, renderProperties } from '../../src/cluster/node-plan.ts'
import type { NodeState } from '../../src/cluster/state.ts'
import { parseProperties } from '../../src/config/broker-config.ts'
import { useHome } from './support/home.ts'

useHome()

const plan = (request: Partial<NodeRequest> = {}) =>
  planNode({
    clusterName: 'local',
    port: 21_650,
    dataDir: undefined,
    properties: undefined,
    overrides: {},
    env: {},
    recorded: undefined,
    ...request,
  })

describe('a plan', () => {
  it('with nothing given is a combined node on loopback below MQ_HOME', async () => {
    const { config, port, host, controllerPort } = await plan()
    expect(config.roles).toEqual(['broker', 'controller'])
    expect([host, port]).toEqual(['127.0.0.1', 21_650])
    expect(controllerPort).toBe(31_650)
    expect(config.logDirs[0]).toBe(`${process.env.MQ_HOME}/clusters/local/node-1/data`)
    expect(config.listeners.every((listener) => listener.host === '127.0.0.1')).toBe(true)
  })

  it('lets overrides win over the environment, and that over the file', async () => {
    const { properties } = await plan({
      properties: { 'num.partitions': '1', 'log.retention.hours': '1', 'node.id': '5' },
      env: { KAFKA_NUM_PARTITIONS: '2', KAFKA_LOG_RETENTION_HOURS: '2', KAFKA_HEAP_OPTS: '-Xmx1g' },
      overrides: { 'num.partitions': '3' },
    })
    expect(properties).toMatchObject({ 'num.partitions': '3', 'log.retention.hours': '2', 'node.id': '5' })
    expect(properties).not.toHaveProperty('heap.opts')
  })

  it('puts --data over the log directories of the file', async () => {
    const { config } = await plan({ properties: { 'log.dir': '/a' }, dataDir: '/b' })
    expect(config.logDirs).toEqual(['/b'])
  })

  it('takes directories as they are seen from here, and recorded ones from where their node ran', async () => {
    const given = await plan({ dataDir: 'mine' })
    expect(given.config.logDirs).toEqual([resolve('mine')])
    const file = await plan({ properties: { 'log.dirs': 'a, /b', 'metadata.log.dir': 'a' } })
    expect([...file.config.logDirs, file.config.metadataLogDir]).toEqual([resolve('a'), '/b', resolve('a')])
    const node = { port: 21_650, controllerPort: 31_650, logDir: '/home/logs' } as unknown as NodeState
    const recorded = await plan({ recorded: { node, properties: { 'log.dirs': 'old' } } })
    expect(recorded.config.logDirs).toEqual(['/home/logs/old'])
  })

  it('talks to the listener that is advertised as this machine', async () => {
    const { host, port, controllerPort } = await plan({
      port: undefined,
      env: {
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: 'PLAINTEXT://0.0.0.0:29092,CONTROLLER://0.0.0.0:29093,PLAINTEXT_HOST://0.0.0.0:9092',
        KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092',
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@kafka:29093',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      },
    })
    expect([host, port, controllerPort]).toEqual(['127.0.0.1', 9092, 29_093])
  })

  it('refuses a port beside given listeners', async () => {
    await expect(plan({ overrides: { listeners: 'PLAINTEXT://127.0.0.1:1' } })).rejects.toMatchObject({ exitCode: 2 })
  })
})

it('written settings read back the same', () => {
  const properties = { 'a.b': 'x\\y', 'c d': ' lead', e: 'two\nlines', 'f=g': 'v=w:x' }
  expect(parseProperties(renderProperties(properties))).toEqual(properties)
})
