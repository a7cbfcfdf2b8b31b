/** CreateTopics, versions 2 to 7: decided by the controller. */
import { forwarded } from './forward.ts'

export const createTopicsHandler = forwarded('CreateTopics', ({ topics }, error) => ({
  topics: topics.map(({ name }) => ({ name, ...error })),
}))
