/** The config commands against a scripted cluster: text, JSON, exit codes, what is written. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import ConfigDescribe from '../../../src/commands/config/describe.ts'
import ConfigGet from '../../../src/commands/config/get.ts'
import ConfigSet from '../../../src/commands/config/set.ts'
import ConfigUnset from '../../../src/commands/config/unset.ts'
import { runCommand } from '../../support/run-command.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startCluster({
    topics: { orders: topic([{ start: 0, end: 0 }], { configs: { 'retention.ms': '9' } }) },
  })
})
afterEach(() => cluster.close())

const on = () => ['--topic', 'orders', '-b', cluster.address]

describe('get', () => {
  it('prints the value alone for one key, pairs for several', async () => {
    expect(await runCommand(ConfigGet, 'retention.ms', ...on())).toMatchObject({
      exitCode: 0,
      stdout: '9\n',
      stderr: '',
    })
    const two = await runCommand(ConfigGet, 'retention.ms', 'cleanup.policy', ...on())
    expect(two.stdout).toBe('retention.ms=9\ncleanup.policy=delete\n')
  })

  it('names what looks like a key that is not there', async () => {
    const ran = await runCommand(ConfigGet, 'retention.m', ...on())
    expect(ran).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'error: there is no key retention.m\nhint: did you mean retention.ms?\n',
    })
  })

  it('wants exactly one thing', async () => {
    expect(await runCommand(ConfigGet, 'a', '-b', cluster.address)).toMatchObject({ exitCode: 2 })
    expect(await runCommand(ConfigGet, 'a', '--broker', '1', ...on())).toMatchObject({ exitCode: 2 })
    expect(await runCommand(ConfigGet, 'a', '--topic', 'order', '-b', cluster.address)).toMatchObject({
      exitCode: 1,
      stderr: 'error: there is no topic order\nhint: did you mean orders?\n',
    })
    expect(await runCommand(ConfigGet, 'a', '--broker', '4', '-b', cluster.address)).toMatchObject({
      exitCode: 1,
      stderr: 'error: there is no broker 4 in the cluster\nhint: Brokers: 1.\n',
    })
  })
})

describe('describe', () => {
  it('shows what the topic sets, with --all the rest and where it comes from', async () => {
    expect((await runCommand(ConfigDescribe, ...on())).stdout).toBe(
      'KEY           VALUE  FROM   CHANGE\nretention.ms  9      topic  any time\n',
    )
    expect((await runCommand(ConfigDescribe, '--all', ...on())).stdout).toContain(
      'cleanup.policy       delete  default log.cleanup.policy       any time',
    )
  })

  it('shows the keys that are there and fails for the others', async () => {
    const ran = await runCommand(ConfigDescribe, 'retention.ms', 'retention.m', ...on())
    expect(ran.exitCode).toBe(1)
    expect(ran.stdout).toBe(
      [
        'KEY           VALUE  FROM   CHANGE    OVER',
        'retention.ms  9      topic  any time  default log.retention.ms=604800000',
        '',
      ].join('\n'),
    )
    expect(ran.stderr).toBe('error: there is no key retention.m\nhint: did you mean retention.ms?\n')
  })

  it('has source and synonyms in JSON', async () => {
    const ran = await runCommand(ConfigDescribe, 'retention.ms', '--json', ...on())
    expect(ran.json).toMatchObject({
      entity: { type: 'topic', name: 'orders' },
      configs: [
        {
          key: 'retention.ms',
          value: '9',
          source: 'topic',
          synonyms: [
            { key: 'retention.ms', value: '9', source: 'topic' },
            { key: 'log.retention.ms', value: '604800000', source: 'default' },
          ],
        },
      ],
    })
  })
})

describe('set and unset', () => {
  it('changes keys and shows before and after', async () => {
    const ran = await runCommand(ConfigSet, 'retention.ms=5', '--append', 'cleanup.policy=compact', ...on())
    expect(ran).toMatchObject({ exitCode: 0, stderr: 'changed: topic orders\n' })
    expect(ran.stdout).toBe(
      'KEY             BEFORE  AFTER\nretention.ms    9       5\ncleanup.policy  delete  delete,compact\n',
    )
    expect(cluster.topics.get('orders')?.configs).toEqual({ 'retention.ms': '5', 'cleanup.policy': 'delete,compact' })
  })

  it('takes a value back', async () => {
    const ran = await runCommand(ConfigUnset, 'retention.ms', '--json', ...on())
    expect(ran.json).toEqual({
      entity: { type: 'topic', name: 'orders' },
      changes: [
        {
          ...{ key: 'retention.ms', operation: 'unset', before: '9', after: '604800000' },
          ...{ sensitive: false, verified: true },
        },
      ],
      dryRun: false,
      warnings: [],
    })
  })

  it('checks only, on a dry run', async () => {
    const ran = await runCommand(ConfigSet, 'retention.ms=5', '--dry-run', ...on())
    expect(ran.stderr).toBe('checked, not changed: topic orders\n')
    expect(cluster.topics.get('orders')?.configs).toEqual({ 'retention.ms': '9' })
    expect(cluster.broker.requests('IncrementalAlterConfigs')[0]?.validateOnly).toBe(true)
  })

  it('passes the refusal of the broker on', async () => {
    const ran = await runCommand(ConfigSet, 'retention.ms=bad', '--json', ...on())
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    expect(JSON.parse(ran.stderr)).toEqual({
      error: { code: 'INVALID_CONFIG', message: 'Invalid value bad for configuration retention.ms', hint: null },
    })
  })

  describe('from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-file-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    const file = (text: string): string => {
      writeFileSync(join(folder, 'settings'), text)
      return join(folder, 'settings')
    }
    const secret = 'listener.name.external.ssl.key.password'
    const sent = () => cluster.broker.requests('IncrementalAlterConfigs')[0]?.resources[0]?.configs

    it('takes the lines of a properties file beside the arguments', async () => {
      const path = file('# a comment\nretention.ms: 7\nflush.ms = 8=9\n')
      const ran = await runCommand(ConfigSet, 'cleanup.policy=compact', '--file', path, ...on())
      expect(ran.exitCode).toBe(0)
      expect(sent()).toMatchObject([
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'retention.ms', value: '7' },
        { name: 'flush.ms', value: '8=9' },
      ])
    })

    it('keeps a secret out of arguments and output, and says so when it stood there', async () => {
      const broker = ['--broker', '1', '-b', cluster.address]
      const hidden = await runCommand(ConfigSet, '--file', file(`${secret}=hush-hush`), '--dry-run', ...broker)
      expect(hidden).toMatchObject({ exitCode: 0, stderr: 'checked, not changed: broker 1\n' })
      expect(hidden.stdout).not.toContain('hush-hush')
      expect(sent()).toMatchObject([{ name: secret, value: 'hush-hush' }])
      const shown = await runCommand(ConfigSet, `${secret}=hush-hush`, '--dry-run', ...broker)
      expect(shown.stderr).toContain(`warning: ${secret} stood in the arguments`)
      expect(shown.stdout + shown.stderr).not.toContain('hush-hush')
    })

    it('is not repeated when the broker repeats the secret that it refuses', async () => {
      const errorMessage = `Invalid value hush-hush for configuration ${secret}`
      cluster.broker.change({
        IncrementalAlterConfigs: () => ({
          responses: [{ resourceType: 4, resourceName: '1', errorCode: 40, errorMessage }],
        }),
      })
      const path = file(`${secret}=hush-hush`)
      expect(await runCommand(ConfigSet, '--file', path, '--broker', '1', '-b', cluster.address)).toMatchObject({
        exitCode: 1,
        stderr: `error: Invalid value (secret) for configuration ${secret}\n`,
      })
    })

    it('is refused when it is not there, empty, or names a key twice', async () => {
      const missing = await runCommand(ConfigSet, '--file', join(folder, 'none'), ...on())
      expect(missing).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('no such file') })
      const empty = await runCommand(ConfigSet, '--file', file('# nothing\n'), ...on())
      expect(empty).toMatchObject({ exitCode: 2, stdout: '' })
      const twice = await runCommand(ConfigSet, 'retention.ms=1', '--file', file('retention.ms=2'), ...on())
      expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('retention.ms stands twice') })
      expect(sent()).toBeUndefined()
    })
  })

  it('says where the names of loggers are', async () => {
    const refused = { resourceType: 8, resourceName: '1', errorCode: 40, errorMessage: 'Logger a.b does not exist!' }
    cluster.broker.change({ IncrementalAlterConfigs: () => ({ responses: [refused] }) })
    const ran = await runCommand(ConfigSet, 'a.b=DEBUG', '--broker-logger', '1', '-b', cluster.address)
    expect(ran).toMatchObject({
      exitCode: 1,
      stderr:
        'error: Logger a.b does not exist!\nhint: mq config describe --broker-logger 1 shows the loggers there are\n',
    })
  })

  it('says that a cluster may be too old for settings of groups', async () => {
    const group = ['--group', 'g', '-b', cluster.address]
    const said = 'error: malformed\nhint: groups have settings from Kafka 4.0 on; this cluster may be older\n'
    const refused = { resourceType: 32, resourceName: 'g', errorCode: 42, errorMessage: 'malformed' }
    cluster.broker.change({ IncrementalAlterConfigs: () => ({ responses: [refused] }) })
    expect(await runCommand(ConfigSet, 'consumer.session.timeout.ms=1', ...group)).toMatchObject({ stderr: said })
    cluster.broker.change({ DescribeConfigs: () => ({ results: [refused] }) })
    expect(await runCommand(ConfigDescribe, ...group)).toMatchObject({ exitCode: 1, stderr: said })
  })

  it.each([[['retention.ms']], [[]], [['a=1', 'a=2']], [['=1']]])('refuses %j with exit 2', async (argv) => {
    expect(await runCommand(ConfigSet, ...argv, ...on())).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
