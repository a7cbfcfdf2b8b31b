/** The in-memory disk, and the one with faults and crashes, under one name for tests. */
export { MemoryDisk } from '../../src/platform/memory-disk.ts'
export { type Chance, CrashDisk, type Fault, ProcessDied, seededChance } from './crash-disk.ts'
