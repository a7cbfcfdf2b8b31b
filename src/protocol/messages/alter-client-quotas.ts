/**
 * AlterClientQuotas (API key 49): request and response, versions 0-1, flexible from 1. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, float64, int16, int32, string, message, type MessageOf } from '../schema.ts'

export const AlterClientQuotasRequest = message(
  'AlterClientQuotasRequest',
  { versions: '0-1', flexible: '1+' },
  {
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool(),
      }),
    }),
    validateOnly: bool(),
  },
)
export type AlterClientQuotasRequest = MessageOf<typeof AlterClientQuotasRequest>

export const AlterClientQuotasResponse = message(
  'AlterClientQuotasResponse',
  { versions: '0-1', flexible: '1+' },
  {
    throttleTimeMs: int32(),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      entity: array({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
    }),
  },
)
export type AlterClientQuotasResponse = MessageOf<typeof AlterClientQuotasResponse>
