/** CreatePartitions, versions 0 to 3: decided by the controller. */
import { forwarded } from './forward.ts'

export const createPartitionsHandler = forwarded('CreatePartitions', ({ topics }, error) => ({
  results: topics.map(({ name }) => ({ name, ...error })),
}))
