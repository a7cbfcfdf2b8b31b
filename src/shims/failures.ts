/**
 * Errors in the words that the originals print: the line of the Java exception, which scripts look for, without the stack
 * trace below it. Kafka's own names of exceptions are made from the error codes.
 */
import { ApiError, type ErrorName } from '../protocol/errors.ts'
import { MqError } from '../base/errors.ts'
import { kafkaMessage } from './kafka-messages.ts'
import { ParseError, type ShimIo } from './tool.ts'

/** Exceptions whose name is not that of their error code in camel case. */
const EXCEPTIONS: Readonly<Partial<Record<ErrorName, string>>> = {
  UNKNOWN_SERVER_ERROR: 'UnknownServerException',
  CORRUPT_MESSAGE: 'CorruptRecordException',
  REQUEST_TIMED_OUT: 'TimeoutException',
  MESSAGE_TOO_LARGE: 'RecordTooLargeException',
  STALE_CONTROLLER_EPOCH: 'ControllerMovedException',
  OFFSET_METADATA_TOO_LARGE: 'OffsetMetadataTooLarge',
  NETWORK_EXCEPTION: 'NetworkException',
  INVALID_TOPIC_EXCEPTION: 'InvalidTopicException',
  RECORD_LIST_TOO_LARGE: 'RecordBatchTooLargeException',
  TOPIC_AUTHORIZATION_FAILED: 'TopicAuthorizationException',
  GROUP_AUTHORIZATION_FAILED: 'GroupAuthorizationException',
  CLUSTER_AUTHORIZATION_FAILED: 'ClusterAuthorizationException',
  TOPIC_ALREADY_EXISTS: 'TopicExistsException',
  INVALID_CONFIG: 'InvalidConfigurationException',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'OutOfOrderSequenceException',
  DUPLICATE_SEQUENCE_NUMBER: 'DuplicateSequenceException',
  INVALID_PRODUCER_ID_MAPPING: 'InvalidPidMappingException',
  INVALID_TRANSACTION_TIMEOUT: 'InvalidTxnTimeoutException',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'TransactionalIdAuthorizationException',
  KAFKA_STORAGE_ERROR: 'KafkaStorageException',
  SASL_AUTHENTICATION_FAILED: 'SaslAuthenticationException',
  DELEGATION_TOKEN_AUTH_DISABLED: 'DelegationTokenDisabledException',
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: 'UnsupportedByAuthenticationException',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'DelegationTokenAuthorizationException',
  NON_EMPTY_GROUP: 'GroupNotEmptyException',
  PRINCIPAL_DESERIALIZATION_FAILURE: 'PrincipalDeserializationException',
  FETCH_SESSION_TOPIC_ID_ERROR: 'FetchSessionTopicIdException',
  INVALID_REGULAR_EXPRESSION: 'InvalidRegularExpression',
}

/** The simple name of Kafka's exception for an error code. */
export function exceptionName(error: ErrorName): string {
  const camel = () =>
    error
      .toLowerCase()
      .split('_')
      .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
      .join('')
  return EXCEPTIONS[error] ?? `${camel()}Exception`
}

/** An exception with the class that Java has for it: for errors that are the client's own. */
export class JavaError extends Error {
  /** `java.lang.IllegalArgumentException` */
  readonly javaClass: string
  /** The line of the exception below it. */
  readonly causedBy: string | undefined
  constructor(javaClass: string, message: string, causedBy?: string) {
    super(message)
    this.javaClass = javaClass
    this.causedBy = causedBy
  }
}

/** What Java's futures throw: its message is the line of the exception inside. */
export function executionError(error: unknown): JavaError {
  return new JavaError('java.util.concurrent.ExecutionException', javaText(error))
}

const CODE = /^[A-Z][A-Z_]+$/

/** The error's class as Java prints it. */
export function javaClassOf(error: unknown): string {
  if (error instanceof JavaError || error instanceof ParseError) return error.javaClass
  if (error instanceof ApiError) return `org.apache.kafka.common.errors.${exceptionName(error.error)}`
  if (error instanceof MqError) {
    if (CODE.test(error.code) && !error.code.startsWith('MQ_'))
      return `org.apache.kafka.common.errors.${exceptionName(error.code as ErrorName)}`
    if (error.code === 'MQ_TIMEOUT') return 'org.apache.kafka.common.errors.TimeoutException'
    if (error.code === 'MQ_AUTHENTICATION') return 'org.apache.kafka.common.errors.SaslAuthenticationException'
    if (error.code === 'MQ_CONFIG') return 'org.apache.kafka.common.config.ConfigException'
    return 'org.apache.kafka.common.KafkaException'
  }
  return 'java.lang.RuntimeException'
}

/** What this client says where a broker does not have an API. */
const UNSUPPORTED = /cannot answer (\w+): it does not offer it|does not offer (\w+)$/
const snake = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

/** The message that the original would print: the broker's words, or Kafka's where the broker says nothing. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!(error instanceof MqError)) return error.message
  const api = UNSUPPORTED.exec(error.message)
    ?.slice(1)
    .find((name) => name !== undefined)
  if (api !== undefined) return `The node does not support ${snake(api)}`
  return kafkaMessage(error.code, error.message)
}

/** The error of an item of an admin function, to be thrown. */
export function itemFailure(error: { readonly code: string; readonly message: string }): MqError {
  return new MqError(error.code, error.message)
}

/** `class: message`. */
export function javaText(error: unknown): string {
  const message = messageOf(error)
  const text = message === '' ? javaClassOf(error) : `${javaClassOf(error)}: ${message}`
  const cause = error instanceof JavaError ? error.causedBy : undefined
  return cause === undefined ? text : `${text}\nCaused by: ${cause}`
}

/** The message and the exception on stderr, exit code 1: what most of the originals do. */
export function tellFailure(error: unknown, io: ShimIo): number {
  io.stderr(`${messageOf(error)}\n${javaText(error)}\n`)
  return 1
}

/** Where the original catches nothing, the JVM tells the exception. */
export function tellUncaught(error: unknown, io: ShimIo): number {
  io.stderr(`Exception in thread "main" ${javaText(error)}\n`)
  return 1
}
