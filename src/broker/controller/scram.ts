/**
 * AlterUserScramCredentials: users' SCRAM credentials come and go (KIP-554). The salted password of the request becomes
 * the two keys that a server needs (RFC 5802), so that no password stands in the metadata log.
 */
import { createHash, createHmac } from 'node:crypto'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { UserScramCredentialRecord } from '../../protocol/logs/cluster-metadata.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, NO_ERROR, errorFields } from './decision.ts'

type Request = RequestOf<'AlterUserScramCredentials'>
type Deletion = Request['deletions'][number]
type Upsertion = Request['upsertions'][number]

/** By Kafka's code. */
const MECHANISMS: Readonly<Record<number, { readonly hash: string }>> = { 1: { hash: 'sha256' }, 2: { hash: 'sha512' } }
const ITERATIONS_MIN = 4096
const ITERATIONS_MAX = 16_384

export function alterUserScramCredentials(
  context: ControllerContext,
  request: Request,
): Decision<ResponseInput<'AlterUserScramCredentials'>> {
  const outcomes = new Map<string, MetadataRecord | ApiError>()
  const decide = (user: string, record: () => MetadataRecord): void => {
    const before = outcomes.get(user)
    // The first refusal of a user stands.
    if (before instanceof ApiError) return
    try {
      if (before !== undefined) {
        throw new ApiError('DUPLICATE_RESOURCE', 'A user credential cannot be altered twice in the same request')
      }
      if (!context.state.features.recordVersions.scram) {
        throw new ApiError('UNSUPPORTED_VERSION', 'The current metadata.version does not support SCRAM')
      }
      outcomes.set(user, record())
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      outcomes.set(user, error)
    }
  }
  for (const deletion of request.deletions) decide(deletion.name, () => deleted(context, deletion))
  for (const upsertion of request.upsertions) decide(upsertion.name, () => upserted(upsertion))
  const results = [...outcomes].map(([user, outcome]) => ({
    user,
    ...(outcome instanceof ApiError ? errorFields(outcome) : NO_ERROR),
  }))
  const records = [...outcomes.values()].filter((outcome): outcome is MetadataRecord => !(outcome instanceof ApiError))
  return { records, response: { results } }
}

function checkUser(name: string, mechanism: number): void {
  if (name === '') throw new ApiError('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty')
  if (MECHANISMS[mechanism] === undefined) {
    throw new ApiError('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism')
  }
}

function deleted(context: ControllerContext, { name, mechanism }: Deletion): MetadataRecord {
  checkUser(name, mechanism)
  if (context.state.security.scram(name, mechanism) === undefined) {
    throw new ApiError('RESOURCE_NOT_FOUND', 'Attempt to delete a user credential that does not exist')
  }
  return metadataRecord('RemoveUserScramCredentialRecord', 0, { name, mechanism })
}

function upserted({ name, mechanism, iterations, salt, saltedPassword }: Upsertion): MetadataRecord {
  checkUser(name, mechanism)
  if (iterations < ITERATIONS_MIN) throw new ApiError('UNACCEPTABLE_CREDENTIAL', 'Too few iterations')
  if (iterations > ITERATIONS_MAX) throw new ApiError('UNACCEPTABLE_CREDENTIAL', 'Too many iterations')
  return metadataRecord(
    'UserScramCredentialRecord',
    0,
    scramCredential({ name, mechanism, iterations, salt, saltedPassword }),
  )
}

/** The user's credential as the metadata log has it. `mechanism`: 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
export function scramCredential({
  name,
  mechanism,
  iterations,
  salt,
  saltedPassword,
}: Upsertion): UserScramCredentialRecord {
  const { hash } = MECHANISMS[mechanism]!
  const keyed = (text: string) => createHmac(hash, saltedPassword).update(text).digest()
  const storedKey = createHash(hash).update(keyed('Client Key')).digest()
  return { name, mechanism, salt: Buffer.from(salt), storedKey, serverKey: keyed('Server Key'), iterations }
}
