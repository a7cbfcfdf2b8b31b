/** DeleteTopics, versions 1 to 6: by name, from v6 on also by id; decided by the controller. */
import { ZERO_UUID } from '../../base/uuid.ts'
import { errorCode } from '../../protocol/errors.ts'
import { answerNames, forwarded } from './forward.ts'

interface Target {
  readonly name: string | null
  readonly topicId: string
}

export const deleteTopicsHandler = forwarded('DeleteTopics', ({ topics, topicNames }, error) => {
  // Where no topic is left to delete, nothing is begun that could be out of time.
  const allWrong = topics.every((target) => contradiction(target) !== undefined)
  return {
    responses: [
      ...answerNames(topicNames, error),
      ...topics.map((target) => ({
        name: target.name,
        topicId: target.topicId,
        ...(allWrong ? contradiction(target) : error),
      })),
    ],
  }
})

/** A topic is named or has its id told, not both: that is seen before anything else. */
function contradiction({ name, topicId }: Target): { errorCode: number; errorMessage: string } | undefined {
  if ((name === null) !== (topicId === ZERO_UUID)) return undefined
  const errorMessage =
    name === null ? 'Neither topic name nor id were specified.' : 'You may not specify both topic name and topic id.'
  return { errorCode: errorCode('INVALID_REQUEST'), errorMessage }
}
