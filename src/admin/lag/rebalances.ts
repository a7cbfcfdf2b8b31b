/**
 * Counts the rebalances of groups that looks show: another set of members, or the same with other partitions. What happens and
 * is undone between two looks is not seen. No request tells the number itself for every kind of group.
 */
import type { GroupLag } from '../lag.ts'

interface Seen {
  assignment: string
  /** By client id: changes while the client was there. */
  readonly clients: Map<string, number>
}

const IN_BETWEEN: ReadonlySet<string> = new Set([
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
])

export class RebalanceCounter {
  #groups = new Map<string, Seen>()
  #next = new Map<string, Seen>()

  /** Begins a look; what was added since the last end is forgotten, but for what it counted. */
  begin(): void {
    this.#next = new Map()
  }

  /** Takes a group in. One that cannot be read, or is in between, is as it was. */
  add(group: GroupLag): void {
    const known = this.#groups.get(group.group)
    const isBetween = group.error !== undefined || IN_BETWEEN.has(group.state ?? '')
    if (isBetween) {
      if (known !== undefined) this.#next.set(group.group, known)
      return
    }
    const assignment = assignmentOf(group)
    const seen = known ?? { assignment, clients: new Map<string, number>() }
    const change = seen.assignment === assignment ? 0 : 1
    seen.assignment = assignment
    for (const client of new Set(group.partitions.map(({ clientId }) => clientId))) {
      if (client !== null) seen.clients.set(client, (seen.clients.get(client) ?? 0) + change)
    }
    this.#next.set(group.group, seen)
  }

  /** Ends the look: groups that are gone from it are forgotten. */
  end(): void {
    this.#groups = this.#next
  }

  /** Each client of each group with its rebalances since the first look. */
  *counts(): Generator<{ group: string; clientId: string; count: number }, void, undefined> {
    for (const [group, { clients }] of this.#groups) {
      for (const [clientId, count] of clients) yield { group, clientId, count }
    }
  }
}

function assignmentOf({ members, partitions }: GroupLag): string {
  const owners = partitions.map(({ topic, partition, memberId }) => `${topic}-${partition} ${memberId ?? ''}`)
  return `${members}\n${owners.join('\n')}`
}
