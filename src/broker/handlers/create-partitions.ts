/** CreatePartitions, versions 0 to 3: decided by the controller. */
import { answerNames, forwarded } from './forward.ts'

export const createPartitionsHandler = forwarded('CreatePartitions', ({ topics }, error) => ({
  results: answerNames(
    topics.map(({ name }) => name),
    error,
  ),
}))
