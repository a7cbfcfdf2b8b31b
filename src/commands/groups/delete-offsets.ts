/** `mq groups delete-offsets`: forgets committed offsets of groups. */
import * as Flags from '@oclif/core/flags'
import { checkScopes, inScopes } from '../../admin/check-scopes.ts'
import { type CommittedOffset, deleteOffsets } from '../../admin/group-offsets.ts'
import { deleteShareOffsets, offsetsOfTyped } from '../../admin/group-share-offsets.ts'
import { type GroupState, groupStates } from '../../admin/group-states.ts'
import { type ItemError, itemError, unknownName } from '../../admin/items.ts'
import { listGroups } from '../../admin/group-list.ts'
import { parseScope, type TopicScope } from '../../admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, requiredArgs, yesFlag } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

interface ForgottenOffset {
  topic: string
  partition: number
  committed: number | null
  deleted: boolean
  error?: ItemError
}

interface GroupOffsets {
  group: string
  /** classic, consumer, share or streams; null when the group cannot be read. */
  type: string | null
  offsets: ForgottenOffset[]
  error?: ItemError
}

export interface GroupsDeleteOffsetsResult {
  groups: GroupOffsets[]
  dryRun: boolean
}

export default class GroupsDeleteOffsets extends AdminCommand<GroupsDeleteOffsetsResult> {
  static override summary = 'Forget committed offsets of groups.'
  static override description =
    'A group then starts there as if it had never read the partition. Shows what would go and asks; off a terminal it ' +
    'needs --yes. Topics that a running group is subscribed to are refused by its coordinator, each as a row of its own. Share groups forget whole topics only, and while ' +
    'they have no members.'
  static override examples = [
    '<%= config.bin %> groups delete-offsets example-group --topic example-topic',
    '<%= config.bin %> groups delete-offsets example-group other-group --topic example-topic:0,3-5 --yes',
  ]
  static override args = { group: requiredArgs('Names of the groups.') }
  static override flags = {
    topic: Flags.string({
      char: 't',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:0,3-5]',
      summary: 'A topic, or partitions of one; repeatable.',
    }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<GroupsDeleteOffsetsResult> {
    const { args, flags } = await this.parse(GroupsDeleteOffsets)
    const scopes = flags.topic.map(parseScope)
    const client = await this.connect()
    const groups = await committedIn(client, [...new Set(args.group)], scopes)
    await checkScopes(
      client,
      scopes,
      groups.flatMap((one) => one.offsets),
    )
    const dryRun = flags['dry-run'] ?? false
    const rows = groups.flatMap((one) => one.offsets.map((row) => ({ ...row, group: one.group })))
    for (const { group, offsets, error } of groups) {
      if (offsets.length === 0 && error === undefined) this.note(`group ${group} has no offsets there`)
    }
    if (rows.length > 0) {
      this.say(
        renderTable(
          [
            ...(groups.length > 1 ? [{ header: 'GROUP', value: (row: { group: string }) => row.group }] : []),
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'COMMITTED', value: (row) => row.committed, align: 'right' },
          ],
          rows,
        ),
      )
    }
    if (!dryRun && rows.length > 0) {
      const whose = groups.length === 1 ? `group ${groups[0]!.group}` : `${groups.length} groups`
      await this.confirm(`Forget these offsets of ${whose}?`, { yes: flags.yes })
      for (const one of groups) if (one.offsets.length > 0) await forget(client, one)
      const count = groups.flatMap((one) => one.offsets).filter((row) => row.deleted).length
      this.note(`forgot ${count} of ${rows.length} offsets`)
    }
    this.reportItems(
      groups.flatMap(({ group, offsets, error }) => [
        { name: group, error },
        ...offsets.map((row) => ({ name: `${group}: ${row.topic}-${row.partition}`, error: row.error })),
      ]),
    )
    return { groups, dryRun }
  }
}

/** What the groups have committed in these places; a group that is not there, or cannot be read, has its error. */
async function committedIn(
  client: ClusterClient,
  names: readonly string[],
  scopes: readonly TopicScope[],
): Promise<GroupOffsets[]> {
  const isWanted = (row: CommittedOffset) => row.committed !== null && inScopes(scopes, row)
  const states = await groupStates(client, names)
  const committed = await offsetsOfTyped(client, states)
  const groups = states.map((state): GroupOffsets => {
    const answer = committed.get(state.group) ?? []
    const { group, type } = state
    const error = state.error ?? ('error' in answer ? answer.error : wholeTopics(state, scopes))
    if (error !== undefined || 'error' in answer) {
      return { group, type, offsets: [], ...(error === undefined ? {} : { error }) }
    }
    const offsets = answer
      .filter(isWanted)
      .map(({ topic, partition, committed: offset }) => ({ topic, partition, committed: offset, deleted: false }))
      .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
    return { group, type, offsets }
  })
  if (groups.some((one) => one.error?.code === 'GROUP_ID_NOT_FOUND')) {
    const known = (await listGroups(client)).groups.map((row) => row.group)
    for (const one of groups) {
      if (one.error?.code === 'GROUP_ID_NOT_FOUND') one.error = unknownName('group', one.group, known)
    }
  }
  return groups
}

/** Share groups keep where they begin in whole topics: no request takes it from single partitions. */
function wholeTopics({ group, type }: GroupState, scopes: readonly TopicScope[]): ItemError | undefined {
  const narrow = scopes.find(({ partitions }) => partitions !== undefined)
  if (type !== 'share' || narrow === undefined) return undefined
  const message = `${group} is a share group: it forgets whole topics, no single partitions of ${narrow.topic}`
  return { code: 'MQ_GROUP_TYPE', message, hint: `--topic ${narrow.topic}` }
}

async function forget(client: ClusterClient, one: GroupOffsets): Promise<void> {
  try {
    const erase = one.type === 'share' ? deleteShareOffsets : deleteOffsets
    const outcomes = new Map(
      (await erase(client, one.group, one.offsets)).map((row) => [`${row.topic}-${row.partition}`, row]),
    )
    for (const row of one.offsets) {
      const outcome = outcomes.get(`${row.topic}-${row.partition}`)
      row.deleted = outcome !== undefined && outcome.error === undefined
      if (outcome?.error !== undefined) row.error = outcome.error
    }
  } catch (error) {
    one.error = itemError(error)
  }
}
