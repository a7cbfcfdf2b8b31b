/** All planted bugs. */
import { clusterBugs } from './cluster.ts'
import { raftBugs } from './raft.ts'
import type { PlantedBug } from './types.ts'

export type { PlantedBug } from './types.ts'
export const plantedBugs: readonly PlantedBug[] = [...raftBugs, ...clusterBugs]
