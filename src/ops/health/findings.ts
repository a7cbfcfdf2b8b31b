/**
 * What a look at a cluster finds: pure, the same looks give the same findings in the same order. What only shows over time (elections
 * one after the other, moves that stand still) needs the look before.
 */
import { waysOn } from '../engine/engine.ts'
import { FINDING_CODES, type Finding, type HealthSnapshot, type OperationLook, type ThrottleLook } from './model.ts'
import { partitionFindings } from './partition-findings.ts'
import { counted, idsText } from './words.ts'

/** A voter asks its leader at least every 2 s (controller.quorum.fetch.timeout.ms); this is well beyond. */
export const SILENT_MS = 10_000
/** Less than this of a volume is nearly full. */
export const LOW_SPACE_PERCENT = 5

/** Everything that is wrong, the gravest first; none: healthy. `before` is an earlier look at the same cluster. */
export function healthFindings(now: HealthSnapshot, before?: HealthSnapshot): Finding[] {
  const found = [
    ...quorumFindings(now, before),
    ...brokerFindings(now),
    ...partitionFindings(now, before),
    ...throttleFindings(now, before),
    ...directoryFindings(now),
    ...featureFindings(now),
    ...operationFindings(now),
    ...now.unseen.map(
      ({ what, error }): Finding => ({
        ...finding('not-checked', 'warning', `${what} could not be looked at: ${error.message}`),
        hint: hintOf(now, what, error),
      }),
    ),
  ]
  const rank = (one: Finding) =>
    (one.severity === 'critical' ? 0 : FINDING_CODES.length) + FINDING_CODES.indexOf(one.code)
  return found.sort((one, other) => rank(one) - rank(other))
}

/** Parts that brokers ask the active controller about. */
const CONTROLLERS_PARTS: ReadonlySet<string> = new Set(['reassignments'])

function hintOf({ quorum }: HealthSnapshot, what: string, error: HealthSnapshot['unseen'][number]['error']): string {
  if (quorum !== null && quorum.leader === null && CONTROLLERS_PARTS.has(what)) {
    return 'only a controller can tell: bring the metadata quorum back first'
  }
  return error.hint ?? 'without it nobody knows whether that part is healthy'
}

function finding(code: Finding['code'], severity: Finding['severity'], message: string): Omit<Finding, 'hint'> {
  return { code, severity, message, nodes: [], partitions: [] }
}

function quorumFindings({ quorum }: HealthSnapshot, before: HealthSnapshot | undefined): Finding[] {
  if (quorum === null) return []
  const found: Finding[] = []
  if (quorum.leader === null) {
    found.push({
      ...finding(
        'no-quorum-leader',
        'critical',
        `the metadata quorum has no leader${quorum.epoch === null ? '' : ` (epoch ${quorum.epoch})`}`,
      ),
      hint: 'a majority of the controllers must run and reach each other; nothing about the cluster can change until then',
    })
  }
  const silent = quorum.voters.filter(({ silentMs }) => silentMs === null || silentMs > SILENT_MS).map(({ id }) => id)
  if (silent.length > 0 && quorum.leader !== null) {
    const spare = quorum.voters.length - silent.length - (Math.floor(quorum.voters.length / 2) + 1)
    const left = spare <= 0 ? 'no other may fail' : `${spare} more may fail`
    const words = `${idsText('voter', silent)} of the metadata quorum ${silent.length === 1 ? 'is' : 'are'} silent; ${left}`
    found.push({
      ...finding('voter-silent', 'warning', words),
      hint: `bring back ${idsText('controller', silent)}, or replace ${silent.length === 1 ? 'it' : 'them'}: mq cluster quorum remove`,
      nodes: silent,
    })
  }
  const lagging = quorum.voters.filter(
    ({ id, lag, behindMs }) => !silent.includes(id) && lag > 0 && behindMs !== null && behindMs > SILENT_MS,
  )
  if (lagging.length > 0) {
    const parts = lagging.map(({ id, lag }) => `${id} by ${counted(lag, 'record', 'records')}`)
    found.push({
      ...finding('voter-lagging', 'warning', `voters of the metadata quorum are behind: ${parts.join(', ')}`),
      hint: 'look at the disks and the network of these controllers',
      nodes: lagging.map(({ id }) => id),
    })
  }
  const was = before?.quorum?.epoch ?? null
  const elections = was === null || quorum.epoch === null ? 0 : quorum.epoch - was
  if (elections > 0) {
    const words = `the metadata quorum held ${counted(elections, 'election', 'elections')} between two looks`
    found.push({
      ...finding('quorum-churn', 'warning', `${words} (epoch ${quorum.epoch})`),
      hint: 'look at the network between the controllers, and at pauses of their processes',
      nodes: quorum.leader === null ? [] : [quorum.leader],
    })
  }
  return found
}

function brokerFindings({ brokers, partitions }: HealthSnapshot): Finding[] {
  const found: Finding[] = []
  const fenced = brokers.filter((one) => one.fenced === true).map(({ id }) => id)
  if (fenced.length > 0) {
    const are = fenced.length === 1 ? 'is' : 'are'
    found.push({
      ...finding('broker-fenced', 'critical', `${idsText('broker', fenced)} ${are} registered and ${are} not serving`),
      hint: `start ${idsText('broker', fenced)}, or when ${fenced.length === 1 ? 'it is' : 'they are'} gone for good: mq reassign drain, then mq cluster unregister`,
      nodes: fenced,
    })
  }
  const known = new Set(brokers.map(({ id }) => id))
  const wanted = new Set(partitions.flatMap(({ replicas }) => replicas.filter((id) => !known.has(id))))
  const missing = [...wanted].sort((one, other) => one - other)
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'is' : 'are'
    found.push({
      ...finding(
        'broker-missing',
        'critical',
        `${idsText('broker', missing)} ${are} not there, and partitions have replicas on ${missing.length === 1 ? 'it' : 'them'}`,
      ),
      hint: `start ${idsText('broker', missing)}, or move what lies there: mq reassign drain ${missing.join(' ')}`,
      nodes: missing,
    })
  }
  const mute = brokers.filter(({ error }) => error !== undefined)
  if (mute.length > 0) {
    const reasons = mute.map(({ id, error }) => `${id} (${error!.message})`)
    found.push({
      ...finding('broker-unreachable', 'critical', `brokers do not answer: ${reasons.join(', ')}`),
      hint: 'they count as serving still: look whether they run, and whether this machine reaches them',
      nodes: mute.map(({ id }) => id),
    })
  }
  return found
}

const OF_DIRECTORIES = 'replica.alter.log.dirs.io.max.bytes.per.second'

function throttleFindings(now: HealthSnapshot, before: HealthSnapshot | undefined): Finding[] {
  const { throttles, directories } = now
  // Between two batches of a reassignment there is a moment in which nothing moves.
  const moves = [...now.moves, ...(before?.moves ?? [])]
  const inside = directories.some(({ moving }) => moving > 0)
  const left = throttles.filter(({ key }) => (key === OF_DIRECTORIES ? !inside : moves.length === 0))
  if (left.length === 0) return []
  const nodes = [...new Set(left.flatMap(({ on }) => ('broker' in on ? [on.broker] : [])))].sort((a, b) => a - b)
  return [
    {
      ...finding(
        'leftover-throttle',
        'warning',
        `replication is throttled and nothing moves: ${left.map(throttleText).join('; ')}`,
      ),
      hint: left.map(removal).join('; '),
      nodes,
    },
  ]
}

function throttleText({ on, key, value }: ThrottleLook): string {
  const where = 'broker' in on ? `broker ${on.broker}` : 'topic' in on ? `topic ${on.topic}` : 'all brokers'
  return `${key}=${value} of ${where}`
}

function removal({ on, key }: ThrottleLook): string {
  const where = 'broker' in on ? `--broker ${on.broker}` : 'topic' in on ? `--topic ${on.topic}` : '--broker-default'
  return `mq config unset ${where} ${key}`
}

function directoryFindings({ directories }: HealthSnapshot): Finding[] {
  const found: Finding[] = []
  const offline = directories.filter(({ error }) => error !== undefined)
  const ids = (rows: typeof offline) => [...new Set(rows.map(({ broker }) => broker))].sort((a, b) => a - b)
  if (offline.length > 0) {
    const names = offline.map(({ path, broker }) => `${path} on broker ${broker}`)
    found.push({
      ...finding('log-dir-offline', 'critical', `log directories are offline: ${names.join(', ')}`),
      hint: 'mend or replace the disk and restart the broker; it copies again what lay there',
      nodes: ids(offline),
    })
  }
  const low = directories.filter(
    ({ total, usable }) => total !== null && usable !== null && total > 0 && usable * 100 < total * LOW_SPACE_PERCENT,
  )
  if (low.length > 0) {
    const names = low.map(
      ({ path, broker, usable, total }) => `${path} on broker ${broker} (${percent(usable!, total!)} free)`,
    )
    found.push({
      ...finding('log-dir-low-space', 'warning', `log directories are nearly full: ${names.join(', ')}`),
      hint: 'shorten the retention, move replicas away (mq logdirs move, mq reassign), or make the volume larger',
      nodes: ids(low),
    })
  }
  return found
}

function percent(part: number, whole: number): string {
  return `${((part * 100) / whole).toFixed(1)}%`
}

function featureFindings({ features }: HealthSnapshot): Finding[] {
  const found: Finding[] = []
  const short = features.flatMap(({ feature, finalized, supported }) =>
    supported
      .filter(({ range }) => finalized > 0 && (range === null || range.max < finalized))
      .map(({ broker }) => ({ feature, finalized, broker })),
  )
  if (short.length > 0) {
    const parts = short.map(({ feature, finalized, broker }) => `broker ${broker} not ${feature} ${finalized}`)
    found.push({
      ...finding('feature-unsupported', 'critical', `brokers do not support levels in force: ${parts.join(', ')}`),
      hint: 'start these brokers with newer software',
      nodes: [...new Set(short.map(({ broker }) => broker))].sort((a, b) => a - b),
    })
  }
  const differing = features.filter(
    ({ supported }) => new Set(supported.map(({ range }) => JSON.stringify(range))).size > 1,
  )
  if (differing.length > 0) {
    const names = differing.map(({ feature }) => feature)
    const nodes = [...new Set(differing.flatMap(behind))].sort((a, b) => a - b)
    found.push({
      ...finding('version-skew', 'warning', `brokers run different software; they differ in ${names.join(', ')}`),
      hint: `bring ${idsText('broker', nodes)} to the version of the others (mq cluster features shows who supports what)`,
      nodes,
    })
  }
  return found
}

/** The brokers whose highest level is below that of another. */
function behind({ supported }: HealthSnapshot['features'][number]): number[] {
  const most = Math.max(...supported.map(({ range }) => range?.max ?? -1))
  return supported.filter(({ range }) => (range?.max ?? -1) < most).map(({ broker }) => broker)
}

/** Whether the operation's process is at work, and not only its journal there. */
export function isAtWork({ lock }: Pick<HealthSnapshot, 'lock'>, { operator }: OperationLook): boolean {
  return lock?.operator === operator
}

/** What was stopped half way keeps every other operation out, and may have left throttles and half a move behind. */
function operationFindings({ operations, lock }: HealthSnapshot): Finding[] {
  return operations
    .filter((one) => !isAtWork({ lock }, one))
    .map(({ id, kind, operator, reason }) => ({
      ...finding(
        'unfinished-operation',
        'warning',
        `${id}, begun by ${operator}, has not ended${reason === null ? '' : ` (${reason})`}`,
      ),
      hint: `go on with it or give it up: ${waysOn(kind)}`,
    }))
}
