/** `mq config` through the same expectations on every engine: what it prints as JSON, what it refuses, and its exit codes. */
import { describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'
import { eventually } from './support/process.ts'

describeEngines('mq config', ['bundled', 'apache', 'apache-3.9'], (engine) => {
  const { run, json, failure } = mqRunner(engine)

  describe('config', () => {
    const entry = (document: { configs: { key: string }[] }, key: string) =>
      document.configs.find((candidate) => candidate.key === key)

    it('set, get, append, subtract, unset and describe a topic', async () => {
      await json(['topics', 'create', 'mq-config'])
      const on = ['--topic', 'mq-config']
      const set = await json(['config', 'set', ...on, 'retention.ms=1000', 'segment.bytes=2000000'])
      expect(set.changes).toMatchObject([
        { key: 'retention.ms', before: '604800000', after: '1000' },
        { key: 'segment.bytes', before: '1073741824', after: '2000000' },
      ])
      expect(entry(await json(['config', 'get', ...on, 'retention.ms']), 'retention.ms')).toMatchObject({
        value: '1000',
      })
      expect((await run(['config', 'get', ...on, 'retention.ms'])).stdout).toContain('1000')
      await json(['config', 'set', ...on, '--append', 'cleanup.policy=compact'])
      expect(entry(await json(['config', 'get', ...on, 'cleanup.policy']), 'cleanup.policy')).toMatchObject({
        value: 'delete,compact',
      })
      await json(['config', 'set', ...on, '--subtract', 'cleanup.policy=delete'])
      expect(entry(await json(['config', 'get', ...on, 'cleanup.policy']), 'cleanup.policy')).toMatchObject({
        value: 'compact',
      })
      await json(['config', 'unset', ...on, 'segment.bytes', 'cleanup.policy'])
      const own = await json(['config', 'describe', ...on])
      expect(own.entity).toEqual({ type: 'topic', name: 'mq-config' })
      expect(own.configs.map(({ key }: { key: string }) => key)).toEqual(['retention.ms'])
      const all = await json(['config', 'describe', ...on, '--all'])
      expect(all.configs.length).toBeGreaterThan(30)
      expect(entry(all, 'segment.bytes')).toMatchObject({ value: '1073741824', type: 'int', readOnly: false })
    })

    it('reads and writes brokers', async () => {
      const all = await json(['config', 'describe', '--broker', '1', '--all'])
      expect(entry(all, 'node.id')).toMatchObject({ value: '1', readOnly: true })
      expect(all.configs.length).toBeGreaterThan(250)
      await json(['config', 'set', '--broker-default', 'log.retention.ms=120000'])
      expect(entry(await json(['config', 'describe', '--broker-default']), 'log.retention.ms')).toMatchObject({
        value: '120000',
      })
      expect(
        entry(await json(['config', 'get', '--broker', '1', 'log.retention.ms']), 'log.retention.ms'),
      ).toMatchObject({
        value: '120000',
        source: 'dynamic-default-broker',
      })
      await json(['config', 'unset', '--broker-default', 'log.retention.ms'])
    })

    it('takes values with commas and equals signs, and shows what each goes over', async () => {
      await json(['topics', 'create', 'mq-values'])
      const on = ['--topic', 'mq-values']
      const throttled = 'follower.replication.throttled.replicas'
      const set = await json(['config', 'set', ...on, `${throttled}=0:1,1:1`, 'retention.ms=5000'])
      expect(set.changes).toMatchObject([
        { key: throttled, after: '0:1,1:1', verified: true },
        { key: 'retention.ms', before: '604800000', after: '5000', verified: true },
      ])
      const added = await json(['config', 'set', ...on, '--append', `${throttled}=2:1`])
      expect(added.changes).toMatchObject([{ before: '0:1,1:1', after: '0:1,1:1,2:1', verified: true }])
      const dry = await json(['config', 'set', ...on, '--subtract', `${throttled}=1:1`, '--dry-run'])
      expect(dry.changes).toMatchObject([{ after: '0:1,2:1', verified: false }])
      await json(['config', 'set', '--broker-default', 'log.retention.ms=120000'])
      const chain = async () => entry(await json(['config', 'describe', 'retention.ms', ...on]), 'retention.ms')
      await eventually('the default of all brokers behind the topic', async () =>
        ((await chain()) as unknown as { synonyms: { source: string }[] }).synonyms.some(
          ({ source }) => source === 'dynamic-default-broker',
        ),
      )
      expect(await chain()).toMatchObject({
        ...{ value: '5000', source: 'topic' },
        synonyms: [{ key: 'retention.ms', value: '5000' }, { key: 'log.retention.ms', value: '120000' }, {}],
      })
      await json(['config', 'unset', '--broker-default', 'log.retention.ms'])
    })

    it('never shows a secret', async () => {
      const key = 'listener.name.external.ssl.key.password'
      const set = await run(['config', 'set', '--broker', '1', `${key}=hush-hush`, '--json'])
      expect(set.stdout + set.stderr).not.toContain('hush-hush')
      const shown = await run(['config', 'describe', '--broker', '1', '--all', '--json'])
      expect(shown.stdout).not.toContain('hush-hush')
      if (set.code === 0) {
        expect(JSON.parse(set.stdout).changes).toMatchObject([{ key, after: null, sensitive: true }])
        await json(['config', 'unset', '--broker', '1', key])
      }
    })

    it('takes a secret from stdin, and shows it nowhere', async () => {
      const key = 'listener.name.external.ssl.key.password'
      const at = ['--broker', '1']
      const set = await json(['config', 'set', '--file', '-', ...at], 0, { input: `${key}=hush-hush\n` })
      expect(set.changes).toMatchObject([{ key, before: null, after: null, sensitive: true, verified: true }])
      const entry = (await json(['config', 'get', key, ...at])).configs[0]
      expect(entry).toMatchObject({ value: null, sensitive: true, source: 'dynamic-broker' })
      expect((await run(['config', 'describe', key, ...at])).stdout).toContain('(secret)')
      await json(['config', 'unset', key, ...at])
    })

    it('subscriptions to metrics of clients', async () => {
      const of = ['--client-metrics', 'mq-sub']
      const set = await json(['config', 'set', 'interval.ms=60000', 'metrics=org.apache.kafka.', ...of])
      expect(set).toMatchObject({
        entity: { type: 'client-metrics', name: 'mq-sub' },
        changes: [
          { key: 'interval.ms', after: '60000', verified: true },
          { key: 'metrics', after: 'org.apache.kafka.', verified: true },
        ],
      })
      const own = (await json(['config', 'describe', ...of])).configs
      expect(own).toMatchObject([
        { key: 'interval.ms', source: 'client-metrics' },
        { key: 'metrics', source: 'client-metrics' },
      ])
      await failure(['config', 'set', 'intervall.ms=1', ...of], 1)
      const diff = await json(['config', 'diff', 'client-metrics:mq-sub', 'client-metrics:mq-none'], 3)
      expect(diff.differences.map(({ key }: { key: string }) => key)).toContain('interval.ms')
      await json(['config', 'unset', 'interval.ms', 'metrics', ...of])
      expect((await json(['config', 'describe', ...of])).configs).toEqual([])
    })

    it('explain and diff', async () => {
      await json(['topics', 'create', 'mq-same', 'mq-like', 'mq-other', '--config', 'segment.ms=86400000'])
      await json(['config', 'set', '--topic', 'mq-other', 'retention.ms=7'])
      const explained = await json(['config', 'explain', 'retention.ms', '--topic', 'mq-other'])
      expect(explained).toMatchObject({
        meanings: [{ kind: 'topic', default: '604800000' }],
        here: [{ entity: { type: 'topic', name: 'mq-other' }, value: '7', source: 'topic' }],
      })
      const broker = await json(['config', 'explain', 'num.partitions'])
      expect(broker.here).toMatchObject([{ entity: { type: 'broker', name: '1' }, key: 'num.partitions' }])
      expect(await json(['config', 'diff', 'topic:mq-same', 'topic:mq-like'])).toMatchObject({ same: true })
      const own = await json(['config', 'diff', 'topic:mq-same', 'topic:mq-other', '--own'], 3)
      expect(own.differences).toEqual([{ key: 'retention.ms', a: null, b: { value: '7', source: 'topic' } }])
      const there = `${engine().bootstrap}/topic:mq-other`
      expect((await json(['config', 'diff', 'topic:mq-same', there], 3)).differences).toMatchObject([
        { key: 'retention.ms' },
      ])
      await failure(['config', 'diff', 'topic:mq-same', 'topic:mq-none'], 1)
    })

    it('says why not', async () => {
      await json(['topics', 'create', 'mq-refused'])
      expect(await failure(['config', 'set', '--topic', 'mq-refused', 'retention.ms=soon'], 1)).toMatchObject({
        code: 'INVALID_CONFIG',
        message: 'Invalid value soon for configuration retention.ms: Not a number of type LONG',
      })
      expect((await failure(['config', 'set', '--topic', 'mq-refused', 'no.such=1'], 1)).message).toContain('no.such')
      expect((await failure(['config', 'set', '--broker', '1', 'node.id=9'], 1)).message).toContain('node.id')
      await failure(['config', 'get', '--topic', 'mq-none', 'retention.ms'], 1)
      expect(await failure(['config', 'set', '--topic', 'mq-refused', 'retention.mss=1'], 1)).toMatchObject({
        code: 'MQ_UNKNOWN_KEY',
        hint: expect.stringContaining('retention.ms'),
      })
      await failure(['config', 'set', '--topic', 'mq-refused', 'retention.ms'], 2)
      await failure(['config', 'get', 'retention.ms'], 2)
    })
  })
})
