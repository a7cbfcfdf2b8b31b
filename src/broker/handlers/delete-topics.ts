/** DeleteTopics, versions 1 to 6: by name, from v6 on also by id; decided by the controller. */
import { forwarded } from './forward.ts'

export const deleteTopicsHandler = forwarded('DeleteTopics', ({ topics, topicNames }, error) => ({
  responses: [
    ...topicNames.map((name) => ({ name, ...error })),
    ...topics.map(({ name, topicId }) => ({ name, topicId, ...error })),
  ],
}))
