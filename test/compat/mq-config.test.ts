/** `mq config` through the same expectations on every engine: what it prints as JSON, what it refuses, and its exit codes. */
import { describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'

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

    it('says why not', async () => {
      await json(['topics', 'create', 'mq-refused'])
      expect(await failure(['config', 'set', '--topic', 'mq-refused', 'retention.ms=soon'], 1)).toMatchObject({
        code: 'INVALID_CONFIG',
        message: 'Invalid value soon for configuration retention.ms: Not a number of type LONG',
      })
      expect((await failure(['config', 'set', '--topic', 'mq-refused', 'no.such=1'], 1)).message).toContain('no.such')
      expect((await failure(['config', 'set', '--broker', '1', 'node.id=9'], 1)).message).toContain('node.id')
      await failure(['config', 'get', '--topic', 'mq-none', 'retention.ms'], 1)
      await failure(['config', 'set', '--topic', 'mq-refused', 'retention.ms'], 2)
      await failure(['config', 'get', 'retention.ms'], 2)
    })
  })
})
