/** Which cluster a command talks to, when several sources name one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConnectionSources, resolveConnection } from '../../src/cli/connection.ts'
import { writeCluster } from '../../src/cluster/state.ts'
import { processToken } from '../../src/platform/process-info.ts'

let home = ''
const before = process.env.MQ_HOME
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mq-connection-'))
  process.env.MQ_HOME = home
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
  if (before === undefined) delete process.env.MQ_HOME
  else process.env.MQ_HOME = before
})

/** Records a local cluster that runs, as far as anybody can tell: it is this process. */
function running(name: string, port: number) {
  const node = {
    id: 1,
    roles: ['broker'] as const,
    host: '127.0.0.1',
    port,
    controllerPort: null,
    metricsPort: null,
    dataDir: home,
    dataDirs: [home],
    logDir: home,
    configFile: '',
    pid: process.pid,
    processToken: processToken(process.pid)!,
    phase: 'running' as const,
    startedAt: 0,
    version: '0',
  }
  writeCluster({ format: 1, name, clusterId: null, engine: 'bundled', nodes: [node] })
}

function address(sources: Partial<ConnectionSources>, ...typed: string[]): string {
  const { options } = resolveConnection({
    bootstrapServer: undefined,
    bootstrapController: undefined,
    configFile: undefined,
    properties: {},
    clusterName: undefined,
    ...sources,
    typed: (flag) => typed.includes(flag),
  })
  const { bootstrap, bootstrapKind } = options
  return `${bootstrapKind} ${bootstrap.map(({ host, port }) => `${host}:${port}`).join(',')}`
}

function file(text: string): string {
  const path = join(home, 'client.properties')
  writeFileSync(path, text)
  return path
}

describe('the cluster is named by', () => {
  const properties = { 'bootstrap.servers': 'x:1' }

  it('a flag before everything', () => {
    expect(address({ bootstrapServer: 'a:1,b:2', properties }, 'bootstrap-server')).toBe('broker a:1,b:2')
    expect(address({ bootstrapController: 'c:1', bootstrapServer: 'env:1' }, 'bootstrap-controller')).toBe(
      'controller c:1',
    )
  })
  it('-X before the environment', () => expect(address({ bootstrapServer: 'env:1', properties })).toBe('broker x:1'))
  it('the environment before the file', () =>
    expect(address({ bootstrapServer: 'env:1', configFile: file('bootstrap.servers=f:1') })).toBe('broker env:1'))
  it('the file before the local cluster', () => {
    running('local', 4000)
    expect(address({ configFile: file('bootstrap.servers=f:1\nclient.id=me') })).toBe('broker f:1')
  })
  it('the one that runs here, with the settings of the file', () => {
    running('local', 4000)
    expect(address({ configFile: file('client.id=me') })).toBe('broker 127.0.0.1:4000')
  })
  it('--name although the environment names another', () => {
    running('one', 4001)
    running('two', 4002)
    expect(address({ clusterName: 'two', bootstrapServer: 'env:1' }, 'name')).toBe('broker 127.0.0.1:4002')
  })
})

describe('it is an error', () => {
  it('to name two', () =>
    expect(() => address({ bootstrapServer: 'a:1', clusterName: 'b' }, 'bootstrap-server', 'name')).toThrow(
      expect.objectContaining({ exitCode: 2 }),
    ))
  it('to write an address that is none: a matter of usage', () => {
    expect(() => address({ bootstrapServer: 'a:b' }, 'bootstrap-server')).toThrow(
      expect.objectContaining({ exitCode: 2, message: "--bootstrap-server: 'a:b' is not host:port" }),
    )
  })
  it('to name none while none or several run', () => {
    expect(() => address({})).toThrow(expect.objectContaining({ code: 'MQ_NO_BOOTSTRAP' }))
    running('one', 4001)
    running('two', 4002)
    expect(() => address({})).toThrow(expect.objectContaining({ code: 'MQ_AMBIGUOUS' }))
  })
  it('when the file is not there', () =>
    expect(() => address({ configFile: join(home, 'none') })).toThrow(/no such file/))
})
