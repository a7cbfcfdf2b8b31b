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
  const { json, run } = mqRunner(engine)

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

  it('prints a table', async () => {
    const { code, stdout, stderr } = await run(['cluster', 'features'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^FEATURE +FINALIZED +SUPPORTED\n/)
    expect(stdout).toContain(`(${NEWEST[kind]})`)
  })
})
