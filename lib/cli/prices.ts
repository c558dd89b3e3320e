/**
 * What AWS charges, in US dollars, in us-east-1 for x86: list prices as known on the day below, without taxes and free
 * tiers. AWS's price pages are the truth; change both together.
 */
export const PRICES = {
  date: '2026-11-25',
  region: 'us-east-1',
  /** A million requests of a REST API, up to 333 million a month. */
  apiMillion: 3.5,
  /** Of Lambda, a million invocations; a GB-second of memory; data streamed beyond 6 MB an answer is left out. */
  lambdaMillion: 0.2,
  lambdaGbSecond: 0.0000166667,
  /** A million of DynamoDB's on-demand units: 4 KB read strongly consistently; 1 KB written. */
  dynamoReadMillion: 0.125,
  dynamoWriteMillion: 0.625,
  dynamoGbMonth: 0.25,
  /** Point-in-time recovery of a GB. */
  dynamoRecoveryGbMonth: 0.2,
  /** S3 Standard. */
  s3GbMonth: 0.023,
  s3GetMillion: 0.4,
  s3PutMillion: 5,
  /** One key; a million of its uses. */
  kmsKeyMonth: 1,
  kmsMillion: 3,
  /** Fargate, x86: a vCPU and a GB of memory for an hour. */
  fargateVcpuHour: 0.04048,
  fargateGbHour: 0.004445,
  /** A GB of logs taken in; an alarm; a custom metric. */
  logsGb: 0.5,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  /** A thousand state transitions of Step Functions. */
  transitionsThousand: 0.025,
  /** A GB that leaves AWS. */
  transferGb: 0.09,
} as const;
