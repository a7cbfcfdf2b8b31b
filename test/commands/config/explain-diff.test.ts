/** `mq config explain` and `diff`, and what is looked at before a change is sent. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import ConfigDiff from '../../../src/commands/config/diff.ts'
import ConfigExplain from '../../../src/commands/config/explain.ts'
import ConfigSet from '../../../src/commands/config/set.ts'
import { parseEntityRef } from '../../../src/cli/entity-refs.ts'
import { runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  const partitions = [{ start: 0, end: 0 }]
  cluster = await startCluster({
    topics: {
      orders: topic(partitions, { configs: { 'retention.ms': '9' } }),
      bills: topic(partitions, { configs: { 'retention.ms': '9', 'cleanup.policy': 'compact' } }),
      twin: topic(partitions, { configs: { 'retention.ms': '9' } }),
      plain: topic(partitions),
    },
  })
})
afterEach(() => cluster.close())
const at = () => ['-b', cluster.address]

describe('explain', () => {
  it('needs no cluster', async () => {
    const ran = await runCommand(ConfigExplain, 'log.retention.ms', '--offline')
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain(
      "set for:    all brokers (--broker-default), one broker (--broker), or the broker's file",
    )
    expect(ran.stdout).toContain('default of: topic retention.ms')
    const json = (await runCommand(ConfigExplain, 'retention.ms', '--offline', '--json')).json
    expect(json).toMatchObject({
      key: 'retention.ms',
      meanings: [
        { kind: 'topic', type: 'long', default: '604800000', valid: '[-1,...]', scope: 'topic', restart: false },
      ],
      here: null,
    })
  })

  it('tells kinds apart, statics and secrets', async () => {
    const explained = async (key: string) =>
      ((await runCommand(ConfigExplain, key, '--offline', '--json')).json as { meanings: Record<string, unknown>[] })
        .meanings
    expect((await explained('min.insync.replicas')).map(({ kind }) => kind)).toEqual(['topic', 'broker'])
    expect(await explained('node.id')).toMatchObject([{ scope: 'file', restart: true, required: true, default: null }])
    expect(await explained('ssl.key.password')).toMatchObject([{ sensitive: true, default: null }])
    expect(await explained('listener.name.internal.ssl.key.password')).toMatchObject([{ sensitive: true }])
    expect(await explained('consumer.session.timeout.ms')).toMatchObject([{ kind: 'group', scope: 'group' }])
  })

  it('goes on without a cluster unless one was asked for', async () => {
    const ran = await runCommand(ConfigExplain, 'retention.ms', '-b', '127.0.0.1:1')
    expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('no value is shown: ') })
    const named = await runCommand(ConfigExplain, 'retention.ms', '--topic', 'orders', '-b', '127.0.0.1:1')
    expect(named).toMatchObject({ exitCode: 1 })
  })

  it('shows the value of a topic with what it goes over', async () => {
    const ran = await runCommand(ConfigExplain, 'retention.ms', '--topic', 'orders', ...at())
    expect(ran.stdout.split('\n').slice(-3)).toEqual([
      'OF            KEY           VALUE  FROM   OVER',
      'topic orders  retention.ms  9      topic  default log.retention.ms=604800000',
      '',
    ])
  })

  it('knows what was meant', async () => {
    expect(await runCommand(ConfigExplain, 'retention.mss', '--offline')).toMatchObject({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'error: there is no key retention.mss\nhint: did you mean retention.ms?\n',
    })
  })
})

describe('diff', () => {
  it('is 0 for the same and 3 for different', async () => {
    expect(await runCommand(ConfigDiff, 'topic:orders', 'topic:twin', ...at())).toMatchObject({
      exitCode: 0,
      stdout: '',
    })
    const ran = await runCommand(ConfigDiff, 'topic:orders', 'topic:bills', ...at())
    expect(ran).toMatchObject({ exitCode: 3, stderr: 'A is topic:orders, B is topic:bills\n' })
    expect(ran.stdout).toBe(
      ['KEY             A       FROM-A   B        FROM-B', 'cleanup.policy  delete  default  compact  topic', ''].join(
        '\n',
      ),
    )
  })

  it('of own settings, as JSON, with a cluster in front', async () => {
    const ran = await runCommand(
      ConfigDiff,
      ...['topic:orders', `${cluster.address}/topic:plain`, '--own', '--json', ...at()],
    )
    expect(ran.exitCode).toBe(3)
    expect(ran.json).toEqual({
      a: { name: 'topic:orders', entity: { type: 'topic', name: 'orders' } },
      b: { name: `${cluster.address}/topic:plain`, entity: { type: 'topic', name: 'plain' } },
      same: false,
      differences: [{ key: 'retention.ms', a: { value: '9', source: 'topic' }, b: null }],
      secrets: [],
    })
  })

  it('compares like with like, and only what is there', async () => {
    expect(await runCommand(ConfigDiff, 'topic:orders', 'broker:1', ...at())).toMatchObject({ exitCode: 2 })
    expect(await runCommand(ConfigDiff, 'orders', 'twin', ...at())).toMatchObject({ exitCode: 2 })
    expect(await runCommand(ConfigDiff, 'topic:orders', 'topic:twins', ...at())).toMatchObject({ exitCode: 1 })
    expect(await runCommand(ConfigDiff, 'topic:orders', 'profile:none/topic:twin', ...at())).toMatchObject({
      exitCode: 1,
    })
  })

  it('reads names in one word', () => {
    expect(parseEntityRef('profile:p/topic:a')).toMatchObject({ cluster: { profile: 'p' }, entity: { name: 'a' } })
    expect(parseEntityRef('h:1/broker:2')).toMatchObject({ cluster: { address: 'h:1' }, entity: { id: 2 } })
    expect(parseEntityRef('group:1/b:2/c')).toMatchObject({ cluster: undefined, entity: { name: '1/b:2/c' } })
    expect(parseEntityRef('client-metrics:m')).toMatchObject({ entity: { kind: 'client-metrics', name: 'm' } })
    expect(parseEntityRef('broker-default')).toMatchObject({ entity: { kind: 'broker-default' } })
    for (const bad of ['', 'topic:', 'broker:x', 'profile:p/', 'user:a'])
      expect(() => parseEntityRef(bad), bad).toThrow()
  })
})

describe('a key that is set', () => {
  const set = (...argv: string[]) => runCommand(ConfigSet, ...argv, '--topic', 'orders', ...at())
  it('is refused before it is sent when it looks like a slip', async () => {
    expect(await set('retention.mss=5')).toMatchObject({
      exitCode: 1,
      stderr:
        'error: there is no key retention.mss; nothing was sent\nhint: did you mean retention.ms? --allow-unknown sends it as it is\n',
    })
    expect(await set('--append', 'retention.ms=5')).toMatchObject({ exitCode: 2 })
    expect(cluster.broker.requests('IncrementalAlterConfigs')).toEqual([])
  })

  it('is sent with a word when only the cluster may know it', async () => {
    const ran = await set('brand.new=5', '--json')
    expect(ran).toMatchObject({ exitCode: 0, json: { warnings: [expect.stringContaining('brand.new')] } })
    expect(cluster.topics.get('orders')?.configs).toMatchObject({ 'brand.new': '5' })
    expect((await set('brand.new=a=b,c')).stderr).toContain('it is newer than them')
    expect(cluster.topics.get('orders')?.configs).toMatchObject({ 'brand.new': 'a=b,c' })
    expect(await set('retention.mss=5', '--allow-unknown')).toMatchObject({ exitCode: 0 })
  })

  it('fails the command with 3 when it does not show', async () => {
    cluster.broker.change({
      IncrementalAlterConfigs: ({ resources }) => ({
        responses: resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName })),
      }),
    })
    const ran = await set('retention.ms=77', '-X', 'default.api.timeout.ms=100', '--json')
    expect(ran).toMatchObject({ exitCode: 3, json: { changes: [{ before: '9', after: '9', verified: false }] } })
  })
})
