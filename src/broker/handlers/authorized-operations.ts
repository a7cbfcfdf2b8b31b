/**
 * The bit fields that tell a client what it may do with a resource. Without an authorizer everybody may do all that the
 * kind of resource knows. A bit is 1 shifted by Kafka's code of the operation.
 */

/** In the response when it was not asked for. */
export const OPERATIONS_NOT_ASKED = -2_147_483_648

const READ = 3
const WRITE = 4
const CREATE = 5
const DELETE = 6
const ALTER = 7
const DESCRIBE = 8
const CLUSTER_ACTION = 9
const DESCRIBE_CONFIGS = 10
const ALTER_CONFIGS = 11
const IDEMPOTENT_WRITE = 12

const bits = (...operations: readonly number[]): number => operations.reduce((field, code) => field | (1 << code), 0)

export const allClusterOperations = bits(
  CREATE,
  ALTER,
  DESCRIBE,
  CLUSTER_ACTION,
  DESCRIBE_CONFIGS,
  ALTER_CONFIGS,
  IDEMPOTENT_WRITE,
)
export const allTopicOperations = bits(READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS)
export const allGroupOperations = bits(READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS)
