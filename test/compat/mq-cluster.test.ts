/** `mq cluster features`, `info` and `quorum` through brokers, the same expectations on every engine. */
import { expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { mqRunner } from './support/mq-run.ts'

interface Feature {
  feature: string
  finalized: number
  finalizedName: string | null
  supported: { min: number; max: number } | null
  supportedMaxName: string | null
  differences: unknown[]
}

/** The newest metadata.version of each engine, by name. */
const NEWEST = { bundled: '4.3-IV0', apache: '4.3-IV0', 'apache-3.9': '3.9-IV0' } as const

describeEngines('mq cluster features', ['bundled', 'apache', 'apache-3.9'], (engine, kind) => {
  const { failure, json, run } = mqRunner(engine)

  it('names the levels in force and what the node supports', async () => {
    const { clusterId, epoch, features, nodes } = await json(['cluster', 'features'])
    expect(clusterId).toBe(engine().clusterId)
    expect(epoch).toBeGreaterThanOrEqual(0)
    expect(nodes).toEqual([{ id: 1, host: '127.0.0.1', port: engine().port, role: 'broker' }])
    const metadata = (features as Feature[]).find(({ feature }) => feature === 'metadata.version')!
    expect(metadata).toMatchObject({ finalizedName: NEWEST[kind], differences: [] })
    expect(metadata.supported!.max).toBeGreaterThanOrEqual(metadata.finalized)
    for (const { finalized, supported } of features as Feature[]) {
      expect(finalized === 0 || (supported !== null && finalized <= supported.max)).toBe(true)
    }
    const names = (features as Feature[]).map(({ feature }) => feature)
    expect(names).toEqual([...names].sort())
  })

  it('lowers and raises a level that every node supports, and says what cannot be', async () => {
    const named = 'eligible.leader.replicas.version'
    const levelNow = async () =>
      ((await json(['cluster', 'features'])).features as Feature[]).find(({ feature }) => feature === named)?.finalized
    expect((await failure(['cluster', 'features', 'upgrade', 'bogus=1', '--yes'], 1)).hint).toContain(
      'metadata.version',
    )
    expect((await failure(['cluster', 'features', 'upgrade', 'bogus'], 2)).code).toBe('MQ_USAGE')
    if (kind === 'apache-3.9') {
      // Nothing of the metadata would be lost there, and so it is done.
      const lowered = await json(['cluster', 'features', 'downgrade', 'metadata.version=3.8', '--yes'])
      expect(lowered.changes).toMatchObject([
        { feature: 'metadata.version', beforeName: '3.9-IV0', afterName: '3.8-IV0' },
      ])
      const raise = ['cluster', 'features', 'upgrade', 'metadata.version=3.9', '--yes']
      await expect.poll(async () => (await json(raise)).changes.length, { timeout: 60_000 }).toBe(1)
      await expect.poll(async () => (await json(raise)).changes.length, { timeout: 60_000 }).toBe(0)
      return
    }
    await failure(['cluster', 'features', 'downgrade', 'metadata.version=4.2', '--yes'], 1)
    expect((await failure(['cluster', 'features', 'downgrade', `${named}=0`], 4)).code).toBe('MQ_REFUSED')
    const checked = await json(['cluster', 'features', 'downgrade', `${named}=0`, '--dry-run'])
    expect(checked).toMatchObject({ dryRun: true, changes: [{ feature: named, before: 1, after: 0 }] })
    expect(await levelNow()).toBe(1)
    await json(['cluster', 'features', 'downgrade', `${named}=0`, '--yes'])
    await expect.poll(levelNow, { timeout: 60_000 }).toBe(0)
    expect((await json(['cluster', 'features', 'downgrade', `${named}=0`, '--yes'])).changes).toEqual([])
    await json(['cluster', 'features', 'upgrade', `${named}=1`, '--yes'])
    await expect.poll(levelNow, { timeout: 60_000 }).toBe(1)
  })

  it('prints a table', async () => {
    const { code, stdout, stderr } = await run(['cluster', 'features'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^FEATURE +FINALIZED +SUPPORTED\n/)
    expect(stdout).toContain(`(${NEWEST[kind]})`)
  })
})
