import type { Command } from 'commander';
import { wholeNumber } from './options.ts';
import { PRICES } from './prices.ts';

/** What an archive is asked and holds. */
export interface Workload {
  /** A month. */
  readonly requests: number;
  /** Held, of one subject each. */
  readonly studies: number;
  /** Ingested in a month. */
  readonly ingests: number;
  /** Of an upload, and of the Parquet made of it, in megabytes. */
  readonly uploadMb: number;
  readonly studyMb: number;
  /** Of an answer, in seconds and kilobytes. */
  readonly seconds: number;
  readonly answerKb: number;
}

/** A line of the bill. */
export interface Charge {
  readonly what: string;
  readonly dollars: number;
}

const MILLION = 1_000_000;
const OPERATION_GB = 1769 / 1024;
const INGEST_GB = 3538 / 1024;
const AUTHORIZER_GB_SECONDS = 0.25 * 0.05;
/** Items that a subject's question reads, 4 KB each: its pointers, HEADs and file lists. */
const ITEMS_READ = 12;
/** Files that it reads where no copy is left from an earlier one. */
const OBJECTS_READ = 3;
/** Files of a study: one a chromosome and kind. */
const OBJECTS_WRITTEN = 50;
const ITEMS_WRITTEN = 40;
const STUDY_ITEM_KB = 40;
/** Compressed records a second that an ingest reads, as megabytes. */
const INGEST_MB_SECOND = 3;
const LOG_KB = 1.5;
const ALARMS = 27;
const METRICS = 30;
const COMPACT_HOURS = 0.25 * 30;
const UPLOADS_KEPT_MONTHS = 1;

/** Dollars a month, by part. The share of each part is an estimate; `npm run bench` and the bill say more. */
export function chargesOf(load: Workload): readonly Charge[] {
  const gb = (megabytes: number): number => megabytes / 1024;
  const stored = gb(load.studies * load.studyMb);
  const uploaded = gb(load.ingests * load.uploadMb) * UPLOADS_KEPT_MONTHS;
  const items = (load.studies * STUDY_ITEM_KB) / 1024 / 1024;
  const ingestSeconds = load.ingests * (5 + load.uploadMb / INGEST_MB_SECOND);
  const each = load.requests / MILLION;
  return [
    { what: 'API Gateway', dollars: each * PRICES.apiMillion },
    {
      what: 'Lambda: answers and authorizer',
      dollars:
        each * 2 * PRICES.lambdaMillion +
        load.requests * (load.seconds * OPERATION_GB + AUTHORIZER_GB_SECONDS) * PRICES.lambdaGbSecond,
    },
    { what: 'Lambda: ingests', dollars: ingestSeconds * INGEST_GB * PRICES.lambdaGbSecond },
    { what: 'Step Functions', dollars: ((load.ingests * 6) / 1000) * PRICES.transitionsThousand },
    {
      what: 'Fargate: compaction',
      dollars: COMPACT_HOURS * (2 * PRICES.fargateVcpuHour + 8 * PRICES.fargateGbHour),
    },
    {
      what: 'DynamoDB',
      dollars:
        each * ITEMS_READ * PRICES.dynamoReadMillion +
        ((load.ingests * ITEMS_WRITTEN) / MILLION) * PRICES.dynamoWriteMillion +
        items * (PRICES.dynamoGbMonth + PRICES.dynamoRecoveryGbMonth),
    },
    {
      what: 'S3',
      dollars:
        (stored + uploaded) * PRICES.s3GbMonth +
        each * OBJECTS_READ * PRICES.s3GetMillion +
        ((load.ingests * OBJECTS_WRITTEN) / MILLION) * PRICES.s3PutMillion,
    },
    {
      what: 'KMS',
      dollars: PRICES.kmsKeyMonth + ((load.requests * 2 + load.ingests * 10) / MILLION) * PRICES.kmsMillion,
    },
    {
      what: 'CloudWatch',
      dollars:
        ((load.requests * LOG_KB) / 1024 / 1024) * PRICES.logsGb +
        ALARMS * PRICES.alarmMonth +
        (load.requests > 0 ? METRICS * PRICES.metricMonth : 0),
    },
    { what: 'Data out', dollars: ((load.requests * load.answerKb) / 1024 / 1024) * PRICES.transferGb },
  ];
}

/** `cost`: requests and studies in, dollars a month out. */
export function addCost(program: Command): void {
  const count = wholeNumber(0);
  program
    .command('cost')
    .description('estimate what an archive in AWS costs a month, in US dollars')
    .option('--requests <number>', 'a month', count, 100_000)
    .option('--studies <number>', 'held in the archive', count, 1_000)
    .option('--ingests <number>', 'studies ingested in a month', count, 100)
    .option('--upload-mb <number>', 'size of an upload: a panel 1, an exome 30, a genome 300', count, 30)
    .option('--study-mb <number>', 'size of its Parquet: a panel 1, an exome 10, a genome 80', count, 10)
    .option('--seconds <number>', 'of an answer', Number, 0.3)
    .option('--answer-kb <number>', 'size of an answer', count, 20)
    .action((load: Workload) => {
      const charges = chargesOf(load);
      for (const { what, dollars } of charges) process.stdout.write(`${what.padEnd(32)}${money(dollars)}\n`);
      const sum = charges.reduce((total, { dollars }) => total + dollars, 0);
      process.stdout.write(`${'A month'.padEnd(32)}${money(sum)}\n`);
      process.stdout.write(
        `US dollars in ${PRICES.region}, prices of ${PRICES.date}; without the Cognito user pool, Athena, -c waf, -c vpc, taxes and free tiers.\n`,
      );
    });
}

const money = (dollars: number): string => dollars.toFixed(2).padStart(10);
