/** CreateTopics, versions 2 to 7: decided by the controller. */
import { answerNames, forwarded } from './forward.ts'

export const createTopicsHandler = forwarded('CreateTopics', ({ topics }, error) => ({
  topics: answerNames(
    topics.map(({ name }) => name),
    error,
  ),
}))
