/**
 * DescribeClientQuotas (API key 48): request and response, versions 0-1, flexible from 1. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, float64, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const DescribeClientQuotasRequest = message(
  'DescribeClientQuotasRequest',
  { versions: '0-1', flexible: '1+' },
  {
    components: array({
      entityType: string(),
      matchType: int8(),
      match: string({ nullable: '0+' }),
    }),
    strict: bool(),
  },
)
export type DescribeClientQuotasRequest = MessageOf<typeof DescribeClientQuotasRequest>

export const DescribeClientQuotasResponse = message(
  'DescribeClientQuotasResponse',
  { versions: '0-1', flexible: '1+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    entries: array(
      {
        entity: array({
          entityType: string(),
          entityName: string({ nullable: '0+' }),
        }),
        values: array({
          key: string(),
          value: float64(),
        }),
      },
      { nullable: '0+' },
    ),
  },
)
export type DescribeClientQuotasResponse = MessageOf<typeof DescribeClientQuotasResponse>
