import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../genomics/errors.ts';
import type { Ports } from '../operations/ports.ts';
import type { Pipeline } from '../pipeline/ports.ts';
import { athenaSettings } from './athena/settings.ts';
import { type AwsParts, awsParts, type Environment, required, s3Client } from './aws-parts.ts';
import { archiveOf, portsOf } from './compose.ts';
import { type DuckDb, openDuckDb } from './duckdb.ts';
import { s3Incoming, tableMarks } from './incoming.ts';
import { onFirstUse } from './on-first-use.ts';
import type { OpenArchive } from './open-archive.ts';
import { replayGate } from './replayed.ts';
import { withS3Access } from './s3-access.ts';
import type { Table } from './table.ts';
import { unreplayed } from './tombstones.ts';

const MEGABYTE = 1_048_576;
/** Node, the SDK and what DuckDB allocates outside its own limit. */
const DUCKDB_SHARE = 0.6;
/** Share of a machine that is no Lambda: other programs run on it. */
const MACHINE_SHARE = 0.5;
/** Lambda gives one vCPU per 1,769 MB. */
const MB_PER_CPU = 1_769;

/**
 * What a Lambda function answers from: `GENOMICS_TABLE` and either `GENOMICS_BUCKET` or, on one machine,
 * `GENOMICS_DATA` (a data folder, whose objects are used). The SDK reads regions, credentials and `AWS_ENDPOINT_URL*`.
 *
 * @throws InvalidInputError naming the variable at fault.
 */
export async function awsPorts(env: Environment = process.env): Promise<Ports> {
  const parts = awsParts(env);
  const onceReplayed = replayGate(() => unreplayed(parts.table, parts.objects));
  // Opened while the function starts: a cold start has more CPU than the first request.
  const duckDb = await openFor(env, parts, duckDbLimits(env));
  return onceReplayed(portsOf({ ...parts, duckDb: async () => duckDb, far: farOf(env), env }));
}

/** The archive of a bucket and a table, for ingest and the command line. @throws InvalidInputError as `awsPorts`. */
export async function openAwsArchive(env: Environment = process.env): Promise<OpenArchive> {
  const { table: _table, ...archive } = awsArchive(env);
  return archive;
}

function awsArchive(env: Environment): OpenArchive & { readonly table: Table } {
  const parts = awsParts(env);
  const limits = duckDbLimits(env);
  const duckDb = onFirstUse(() => openFor(env, parts, limits));
  return {
    table: parts.table,
    ...archiveOf({ ...parts, duckDb: duckDb.get, far: farOf(env), env, limits }),
    close: duckDb.close,
    [Symbol.asyncDispose]: duckDb.close,
  };
}

/** What the functions and the task of the ingest pipeline work with. @throws InvalidInputError as `awsPorts`. */
export function awsPipeline(env: Environment = process.env): Pipeline {
  const bucket = required(env, 'GENOMICS_BUCKET');
  const { table, archive, ports } = awsArchive(env);
  return {
    incoming: s3Incoming(s3Client(env), bucket),
    marks: tableMarks(table),
    archive,
    sequences: async () => (await ports.reference()).sequences,
  };
}

/** Its tables are over the bucket: a local folder is none of its business. */
const farOf = (env: Environment) => (env['GENOMICS_BUCKET'] ? athenaSettings(env) : undefined);

interface Limits {
  readonly memoryBytes: number;
  readonly threads: number;
}

/** A DuckDB that may read the objects and nothing else, in place where it has httpfs. */
function openFor(env: Environment, { temporary, readable, inPlace }: AwsParts, limits: Limits): Promise<DuckDb> {
  const httpfs = env['GENOMICS_HTTPFS'];
  const open = () =>
    openDuckDb({
      ...limits,
      temporary: join(temporary, 'duckdb'),
      readOnlyFrom: [readable, ...(inPlace === undefined ? [] : [`s3://${inPlace.bucket}/`])],
      ...(httpfs ? { httpfs } : {}),
    });
  return inPlace === undefined ? open() : withS3Access(open, inPlace.client, inPlace.bucket);
}

/** DuckDB's share of a function's or machine's memory, and its threads. @throws InvalidInputError */
export function duckDbLimits(env: Environment): Limits {
  const text = env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
  if (text === undefined) {
    return { memoryBytes: Math.floor(totalmem() * MACHINE_SHARE), threads: availableParallelism() };
  }
  const megabytes = Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 128) {
    throw new InvalidInputError(`AWS_LAMBDA_FUNCTION_MEMORY_SIZE is '${text}', which is no number of megabytes`);
  }
  return {
    memoryBytes: Math.floor(megabytes * DUCKDB_SHARE) * MEGABYTE,
    threads: Math.max(1, Math.floor(megabytes / MB_PER_CPU)),
  };
}
