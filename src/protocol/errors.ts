/**
 * Protocol outcomes: `ApiError` carries one of Kafka's error codes through the broker and the admin client; the handler
 * puts it into the response field. `ProtocolError` is for bytes that are not a valid message: it closes the connection.
 */
import { MqError, type MqErrorOptions } from '../base/errors.ts'
import { type ErrorName, errorCodes } from './error-codes.ts'
import { errorMessage } from './error-messages.ts'

export type { ErrorName } from './error-codes.ts'
export { errorMessage } from './error-messages.ts'

const nameByCode = new Map<number, ErrorName>(
  (Object.keys(errorCodes) as ErrorName[]).map((name) => [errorCodes[name].code, name]),
)

/** The number on the wire. */
export function errorCode(name: ErrorName): number {
  return errorCodes[name].code
}

/** The name of a wire code; codes newer than this table read as UNKNOWN_SERVER_ERROR. */
export function errorName(code: number): ErrorName {
  return nameByCode.get(code) ?? 'UNKNOWN_SERVER_ERROR'
}

/**
 * An outcome that the protocol has a code for. No fault of the program, so it comes without a stack, as in Kafka: taking
 * one costs more than the rest of a refusal, and one request may be refused for thousands of partitions.
 */
export class ApiError extends MqError {
  readonly error: ErrorName

  constructor(error: ErrorName, message?: string, options: MqErrorOptions = {}) {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(error, message ?? errorMessage(error), options)
    Error.stackTraceLimit = limit
    this.error = error
  }

  get errorCode(): number {
    return errorCodes[this.error].code
  }

  get retriable(): boolean {
    return errorCodes[this.error].retriable
  }
}

/** Bytes that are not a valid message. `position` is the byte in the frame where reading failed. */
export class ProtocolError extends MqError {
  readonly position: number

  constructor(message: string, position: number) {
    super('MQ_PROTOCOL', `${message} at byte ${position}`)
    this.position = position
  }
}

/** Turns anything thrown inside the broker into a wire error: ApiError as it is, the rest UNKNOWN_SERVER_ERROR. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError('UNKNOWN_SERVER_ERROR', error instanceof Error ? error.message : String(error), { cause: error })
}
