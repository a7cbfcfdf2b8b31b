/**
 * Questions about many groups, asked of those who coordinate them: groups of one coordinator share a request, the
 * coordinators are asked side by side, one that moves or still loads is looked for again, and one that stays away costs
 * its own groups only.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientConnection } from '../client/connection.ts'
import { ConnectionError } from '../client/errors.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError } from './items.ts'

/** What became of one group: the answer, or why there is none. */
export type Coordinated<T> =
  | { readonly broker: number; readonly answer: T }
  | { readonly broker: number | null; readonly error: ItemError }

/** Asks one coordinator about `groups`. An ApiError worth repeating, given or thrown, is repeated. */
export type AskCoordinator<T> = (
  connection: ClientConnection,
  groups: readonly string[],
  broker: number,
) => Promise<ReadonlyMap<string, T | ApiError | { readonly error: ItemError }>>

/** Groups in one request: bounds the size of an answer. */
const GROUPS_MAX = 500
/** How long a coordinator may be moving or loading before its groups get an error. */
const PATIENCE_MS = 15_000
const CONNECTION_LOSSES_MAX = 3

/** An error code of a group as what `AskCoordinator` gives. */
export function groupError(code: number, message?: string | null): ApiError {
  const name = errorName(code)
  return new ApiError(name, codeError(code, message).message)
}

interface Failed {
  readonly group: string
  readonly broker: number | null
  readonly error: ApiError | ConnectionError
}

/**
 * The outcome of every group. `known` names coordinators already seen (by listing), which saves the first look-up.
 * Throws only when no broker at all can be asked for coordinators.
 */
export async function askCoordinators<T>(
  client: ClusterClient,
  groups: readonly string[],
  ask: AskCoordinator<T>,
  known: ReadonlyMap<string, number> = new Map(),
): Promise<Map<string, Coordinated<T>>> {
  const done = new Map<string, Coordinated<T>>()
  const deadlineMs = performance.now() + Math.min(PATIENCE_MS, client.options.apiTimeoutMs)
  let pauseMs = client.options.retryBackoffMs
  let open = [...new Set(groups)]
  for (let losses = 0; open.length > 0; ) {
    const places = await locate(client, open, losses === 0 ? known : new Map(), done)
    const rounds = await Promise.all(chunks(places).map(([broker, names]) => askOne(client, broker, names, ask, done)))
    const failed = rounds.flat()
    if (failed.length === 0) break
    losses += 1
    const late = performance.now() + pauseMs > deadlineMs
    const isLost = (one: Failed) => one.error instanceof ConnectionError && losses >= CONNECTION_LOSSES_MAX
    for (const one of failed) {
      if (late || isLost(one)) done.set(one.group, { broker: one.broker, error: itemError(one.error) })
    }
    open = failed.map((one) => one.group).filter((group) => !done.has(group))
    if (open.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(pauseMs * 2, client.options.retryBackoffMaxMs)
  }
  return done
}

/** Coordinators of the groups by node; those that have none get their error. */
async function locate<T>(
  client: ClusterClient,
  groups: readonly string[],
  known: ReadonlyMap<string, number>,
  done: Map<string, Coordinated<T>>,
): Promise<Map<number, string[]>> {
  const unknown = groups.filter((group) => !known.has(group))
  const found = unknown.length === 0 ? new Map<string, number | ApiError>() : await client.coordinators(unknown)
  const byNode = new Map<number, string[]>()
  for (const group of groups) {
    const node = known.get(group) ?? found.get(group) ?? new ApiError('COORDINATOR_NOT_AVAILABLE')
    if (typeof node !== 'number') {
      done.set(group, { broker: null, error: itemError(node) })
      continue
    }
    const names = byNode.get(node)
    if (names === undefined) byNode.set(node, [group])
    else names.push(group)
  }
  return byNode
}

function chunks(byNode: ReadonlyMap<number, readonly string[]>): [number, string[]][] {
  return [...byNode].flatMap(([node, names]) =>
    Array.from({ length: Math.ceil(names.length / GROUPS_MAX) }, (_, index): [number, string[]] => [
      node,
      names.slice(index * GROUPS_MAX, (index + 1) * GROUPS_MAX),
    ]),
  )
}

async function askOne<T>(
  client: ClusterClient,
  broker: number,
  names: readonly string[],
  ask: AskCoordinator<T>,
  done: Map<string, Coordinated<T>>,
): Promise<Failed[]> {
  const failed: Failed[] = []
  const keep = (group: string, error: unknown) => {
    if (isWorthRepeating(error)) failed.push({ group, broker, error })
    else done.set(group, { broker, error: itemError(error) })
  }
  try {
    const answers = await ask(await client.connection({ broker }), names, broker)
    for (const group of names) {
      const answer = answers.get(group)
      if (answer === undefined) keep(group, new ApiError('UNKNOWN_SERVER_ERROR', `no answer about group ${group}`))
      else if (answer instanceof ApiError) keep(group, answer)
      else if (typeof answer === 'object' && answer !== null && 'error' in answer) {
        done.set(group, { broker, error: answer.error })
      } else done.set(group, { broker, answer })
    }
  } catch (error) {
    for (const group of names) keep(group, error)
  }
  return failed
}

function isWorthRepeating(error: unknown): error is ApiError | ConnectionError {
  return (error instanceof ApiError || error instanceof ConnectionError) && error.retriable
}
