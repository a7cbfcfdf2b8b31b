/** The public face of the coordinators. */
export type { CoordinatorLog } from './log.ts'
export type { GroupCensus, GroupTotals } from './group/census.ts'
export { defaultGroupSettings, groupSettings, type GroupSettings } from './group/config.ts'
export type { GroupRequestContext } from './group/context.ts'
export { GroupCoordinator, type GroupCoordinatorOptions } from './group/group-coordinator.ts'
export { GROUP_METADATA_TOPIC, topicsOfImage, type GroupTopics } from './group/topics.ts'
