/**
 * The registries: which APIs this node serves on its broker and its controller listeners. Dispatch and the ranges that
 * ApiVersions advertises derive from them; what is not here is not advertised.
 */
import { apiVersionsHandler } from './api-versions.ts'
import type { Handlers } from './context.ts'
import { deleteRecordsHandler } from './delete-records.ts'
import { describeLogDirsHandler } from './describe-log-dirs.ts'
import { describeProducersHandler } from './describe-producers.ts'
import { fetchHandler } from './fetch.ts'
import { initProducerIdHandler } from './init-producer-id.ts'
import { listOffsetsHandler } from './list-offsets.ts'
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.ts'
import { produceHandler } from './produce.ts'

/** Served on broker listeners. */
export const brokerHandlers: Handlers = {
  Produce: produceHandler,
  Fetch: fetchHandler,
  ListOffsets: listOffsetsHandler,
  ApiVersions: apiVersionsHandler(() => brokerHandlers),
  DeleteRecords: deleteRecordsHandler,
  InitProducerId: initProducerIdHandler,
  OffsetForLeaderEpoch: offsetForLeaderEpochHandler,
  DescribeLogDirs: describeLogDirsHandler,
  DescribeProducers: describeProducersHandler,
}

/** Served on controller listeners. The composition root adds the quorum's own requests. */
export const controllerHandlers: Handlers = {
  ApiVersions: apiVersionsHandler(() => controllerHandlers),
}
