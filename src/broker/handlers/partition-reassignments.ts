/** AlterPartitionReassignments (45), versions 0 and 1, and ListPartitionReassignments (46), version 0: the controller's. */
import { forwarded } from './forward.ts'

export const alterPartitionReassignmentsHandler = forwarded('AlterPartitionReassignments', (_request, error) => error)

export const listPartitionReassignmentsHandler = forwarded('ListPartitionReassignments', (_request, error) => error)
