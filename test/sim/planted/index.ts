/** All planted bugs. */
import { raftBugs } from './raft.ts'
import type { PlantedBug } from './types.ts'

export type { PlantedBug } from './types.ts'
export const plantedBugs: readonly PlantedBug[] = [...raftBugs]
