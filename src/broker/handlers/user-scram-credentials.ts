/**
 * DescribeUserScramCredentials (50) and AlterUserScramCredentials (51), version 0 (KIP-554): who has credentials of which
 * mechanism. They are stored as Kafka stores them; listeners that ask for them are not served yet.
 */
import { errorCode } from '../../protocol/errors.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Handler } from './context.ts'
import { forwarded } from './forward.ts'

export const describeUserScramCredentialsHandler: Handler<'DescribeUserScramCredentials'> = {
  handle(request, _context, { image }) {
    const asked = (request.users ?? []).map(({ name }) => name)
    const names = asked.length > 0 ? asked : [...image.security.scramCredentials()].map(({ name }) => name)
    const results = [...new Set(names)].map((user) => {
      if (asked.filter((name) => name === user).length > 1) {
        const why = `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`
        return { user, errorCode: errorCode('DUPLICATE_RESOURCE'), errorMessage: why }
      }
      const credentialInfos = credentialsOf(image, user)
      if (credentialInfos.length > 0) return { user, errorMessage: '', credentialInfos }
      const why = `Attempt to describe a user credential that does not exist: ${user}`
      return { user, errorCode: errorCode('RESOURCE_NOT_FOUND'), errorMessage: why }
    })
    return { errorCode: 0, errorMessage: '', results }
  },
}

/** Kafka's controllers say that they know the request, and fail at it. */
export const describeUserScramCredentialsOnController: Handler<'DescribeUserScramCredentials'> = {
  handle({ users }) {
    const failed = { errorCode: errorCode('UNKNOWN_SERVER_ERROR'), errorMessage: null }
    return { ...failed, results: (users ?? []).map(() => ({ user: '', ...failed })) }
  },
}

function credentialsOf(image: MetadataImage, user: string): { mechanism: number; iterations: number }[] {
  return [...image.security.scramCredentials()]
    .filter(({ name }) => name === user)
    .map(({ mechanism, iterations }) => ({ mechanism, iterations }))
    .sort((a, b) => a.mechanism - b.mechanism)
}

export const alterUserScramCredentialsHandler: Handler<'AlterUserScramCredentials'> = forwarded(
  'AlterUserScramCredentials',
  (request, error) => ({
    results: [...new Set([...request.deletions, ...request.upsertions].map(({ name }) => name))].map((user) => ({
      user,
      ...error,
    })),
  }),
)
