/**
 * The controller of a cluster of several brokers, record by record: the same requests, from fake brokers and admin clients, go to
 * an Apache Kafka controller and to a bundled one. Answers and the metadata records that each request caused are the same,
 * with and without eligible leader replicas.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokerLives } from './controller-cluster/broker-lives.ts'
import { byItself } from './controller-cluster/by-itself.ts'
import { changes } from './controller-cluster/changes.ts'
import { directories } from './controller-cluster/directories.ts'
import { elections } from './controller-cluster/elections.ts'
import { inSyncSets } from './controller-cluster/in-sync-sets.ts'
import { reassignments } from './controller-cluster/reassignments.ts'
import {
  type Conversation,
  ControllerSide,
  type RunningController,
  featureLevels,
  startControllers,
} from './support/controller-side.ts'
import { differences } from './support/parity.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'

const conversations: Record<string, Conversation> = {
  ...brokerLives,
  ...inSyncSets,
  ...elections,
  ...reassignments,
  ...directories,
  ...changes,
}

type NamedStep = ControllerSide['steps'][number]

/** Kafka's → ours, with the step that they belong to. */
function stepDifferences([title, theirs]: NamedStep, ours: NamedStep | undefined): string[] {
  return differences(theirs, ours?.[1]).map((difference) => `${title}: ${difference}`)
}

/** A suite of conversations with both controllers, started with `properties`. */
function suite(
  name: string,
  format: readonly string[],
  properties: Record<string, string>,
  all: Record<string, Conversation>,
): void {
  describeWith(`the controller of a cluster, ${name}`, apacheKafkaPeer(), () => {
    let controllers: RunningController[] = []
    let sides: ControllerSide[] = []

    beforeAll(async () => {
      controllers = await startControllers(format, properties)
      sides = controllers.map(({ address }) => new ControllerSide(address))
      for (const side of sides) await side.ready()
    })
    afterAll(async () => {
      for (const side of sides) side.close()
      for (const controller of controllers) await controller.stop()
    })

    describe('answers and writes as Apache Kafka does', () => {
      for (const [title, conversation] of Object.entries(all)) {
        it(title, async () => {
          for (const side of sides) side.steps.length = 0
          await Promise.all(sides.map((side) => conversation(side)))
          const [theirs, ours] = sides.map((side) => side.steps) as [NamedStep[], NamedStep[]]
          expect(theirs.flatMap((step, index) => stepDifferences(step, ours[index]))).toEqual([])
          expect(ours.length).toBe(theirs.length)
        })
      }
    })
  })
}

suite('with eligible leader replicas', featureLevels(1), {}, conversations)
suite('without eligible leader replicas', featureLevels(0), {}, conversations)
// Its records know no log directories, and a smaller ISR raises the leader epoch.
suite('of metadata.version 3.5', ['--release-version', '3.5'], {}, conversations)
suite(
  'by itself',
  featureLevels(1),
  {
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '1000',
    'unclean.leader.election.interval.ms': '700',
    'auto.leader.rebalance.enable': 'true',
    'leader.imbalance.check.interval.seconds': '1',
  },
  byItself,
)
