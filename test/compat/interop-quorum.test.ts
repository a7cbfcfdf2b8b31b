/**
 * One quorum of both engines: a bundled controller joins two Apache Kafka controllers, becomes a voter by Kafka's own tool, leads
 * while Kafka's brokers and controllers follow, and gives the lead back. Nothing that was decided is lost on the way.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MixedCluster } from './support/mixed-cluster.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

const MQ = 3
const BROKER = 11

describeWith('a bundled controller in a quorum of Apache Kafka', apacheKafkaPeer(), () => {
  let cluster: MixedCluster

  beforeAll(async () => {
    cluster = await MixedCluster.create([
      { id: 1, engine: 'apache', roles: 'controller' },
      { id: 2, engine: 'apache', roles: 'controller' },
      { id: MQ, engine: 'bundled', roles: 'controller', begins: false },
      { id: BROKER, engine: 'apache', roles: 'broker' },
    ])
    await cluster.startAll(1, 2, BROKER)
    await cluster.start(MQ)
  })
  afterAll(() => cluster.destroy())

  const leader = async (...asked: number[]) => Number((await cluster.quorum(...asked)).LeaderId)
  const createTopic = (name: string) =>
    cluster.toolOk('kafka-topics', '--bootstrap-server', cluster.bootstrap(), '--create', '--topic', name)
  const topics = async () =>
    (await cluster.toolOk('kafka-topics', '--bootstrap-server', cluster.bootstrap(), '--list')).trim().split('\n')
  const voters = (status: Record<string, string>) =>
    (JSON.parse(status.CurrentVoters!) as { id: number }[]).map(({ id }) => id)

  it('is added by kafka-metadata-quorum', async () => {
    const where = ['--bootstrap-controller', cluster.bootstrapController(1)]
    const settings = ['--command-config', cluster.node(MQ).propertiesFile]
    const said = await cluster.toolOk('kafka-metadata-quorum', ...settings, ...where, 'add-controller')
    expect(said).toContain(`Added controller ${MQ}`)
    expect(voters(await cluster.quorum(1)).sort()).toEqual([1, 2, MQ])
    await createTopic('before')
  })

  it('leads when the others are behind, and is followed', async () => {
    // One of the two falls behind, so that it cannot win; then the other dies.
    const first = await leader(1, 2, MQ)
    const dying = first === MQ ? 1 : first
    const late = dying === 1 ? 2 : 1
    process.kill(cluster.node(late).running!.child.pid!, 'SIGSTOP')
    await createTopic('while-one-sleeps')
    await cluster.stop(dying, 'SIGKILL')
    process.kill(cluster.node(late).running!.child.pid!, 'SIGCONT')
    await cluster.until('the bundled controller leads', async () => cluster.output(MQ).includes(`is leader in epoch`))
    await createTopic('under-the-bundled')
    const status = await cluster.quorum(MQ, late)
    expect(Number(status.LeaderId)).toBe(MQ)
    await cluster.start(dying)
    await cluster.until('all voters have caught up', async () => {
      const at = ['--bootstrap-controller', cluster.bootstrapController()]
      const text = await cluster.toolOk('kafka-metadata-quorum', ...at, 'describe', '--replication')
      const lags = [...text.matchAll(/^(\d+)\s+\S+\s+(\d+)\s+(\d+)\s/gm)].map((match) => Number(match[3]))
      return lags.length === 4 && lags.every((lag) => lag < 3)
    })
  })

  it('gives the lead back when it stops, with nothing lost', async () => {
    await cluster.stop(MQ)
    await createTopic('after')
    await cluster.until('the topic is known', async () => (await topics()).includes('after'))
    expect((await topics()).sort()).toEqual(['after', 'before', 'under-the-bundled', 'while-one-sleeps'])
    expect([1, 2]).toContain(await leader(1, 2))
    await cluster.start(MQ)
    await cluster.until('it follows again', async () => voters(await cluster.quorum(MQ)).includes(MQ))
  })
})
