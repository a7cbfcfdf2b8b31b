/**
 * DescribeConfigs (API key 32): request and response, versions 1-4, flexible from 4. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int8, list, string, message, type MessageOf } from '../schema.ts'

export const DescribeConfigsRequest = message(
  'DescribeConfigsRequest',
  { versions: '1-4', flexible: '4+' },
  {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: list(string(), { nullable: '0+' }),
    }),
    includeSynonyms: bool({ versions: '1+' }),
    includeDocumentation: bool({ versions: '3+' }),
  },
)
export type DescribeConfigsRequest = MessageOf<typeof DescribeConfigsRequest>

export const DescribeConfigsResponse = message(
  'DescribeConfigsResponse',
  { versions: '1-4', flexible: '4+' },
  {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
        readOnly: bool(),
        configSource: int8({ versions: '1+', default: -1, ignorable: true }),
        isSensitive: bool(),
        synonyms: array(
          {
            name: string({ versions: '1+' }),
            value: string({ versions: '1+', nullable: '0+' }),
            source: int8({ versions: '1+' }),
          },
          { versions: '1+', ignorable: true },
        ),
        configType: int8({ versions: '3+', ignorable: true }),
        documentation: string({ versions: '3+', nullable: '0+', ignorable: true }),
      }),
    }),
  },
)
export type DescribeConfigsResponse = MessageOf<typeof DescribeConfigsResponse>
