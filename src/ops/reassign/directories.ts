/**
 * The log directories that a move names (`log_dirs` in Kafka's files). Brokers move replicas between their directories by
 * themselves once they are told; one that has no replica yet is told before it gets it, and makes it there.
 */
import type { Move } from './model.ts'
import type { ReassignWorld, ReplicaFiles, ReplicaPlace } from './world.ts'

/** The places that the moves ask for; none where every directory is `any`. */
export function placesOf(moves: readonly Pick<Move, 'topic' | 'partition' | 'to' | 'logDirs'>[]): ReplicaPlace[] {
  return moves.flatMap(({ topic, partition, to, logDirs }) =>
    to.flatMap((broker, at) => {
      const dir = logDirs?.[at] ?? 'any'
      return dir === 'any' ? [] : [{ topic, partition, broker, dir }]
    }),
  )
}

/** Where the replicas of these places lie now; those that are not there yet are left out. */
export async function formerPlaces(world: ReassignWorld, places: readonly ReplicaPlace[]): Promise<ReplicaPlace[]> {
  if (places.length === 0) return []
  const files = await filesOf(world, places)
  return places.flatMap((place) => {
    const dir = files.get(nameOf(place))?.dir
    return dir === undefined ? [] : [{ ...place, dir }]
  })
}

/** Those that do not lie where they are to lie, or are on their way to elsewhere. */
export async function displaced(world: ReassignWorld, places: readonly ReplicaPlace[]): Promise<ReplicaPlace[]> {
  if (places.length === 0) return []
  const files = await filesOf(world, places)
  return places.filter((place) => {
    const found = files.get(nameOf(place))
    return found === undefined || found.dir !== place.dir || found.future !== null
  })
}

/** Tells the brokers about replicas that are not on their way already; returns the refusals. */
export async function sendToPlaces(world: ReassignWorld, places: readonly ReplicaPlace[]): Promise<string[]> {
  if (places.length === 0) return []
  const files = await filesOf(world, places)
  const needing = places.filter((place) => {
    const found = files.get(nameOf(place))
    return found === undefined || (found.future?.dir ?? found.dir) !== place.dir
  })
  return needing.length === 0 ? [] : world.place(needing)
}

function filesOf(world: ReassignWorld, places: readonly ReplicaPlace[]): Promise<Map<string, ReplicaFiles>> {
  const brokers = [...new Set(places.map(({ broker }) => broker))]
  return world.files({ brokers, topics: [...new Set(places.map(({ topic }) => topic))] })
}

function nameOf({ topic, partition, broker }: ReplicaPlace): string {
  return `${topic}-${partition}-${broker}`
}
