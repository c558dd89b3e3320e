import type { APIGatewayProxyEvent } from 'aws-lambda';
import { hasHttpfs } from '../../layers/duckdb/build.ts';
import { HTTPFS_PATH } from '../../layers/duckdb/httpfs.ts';
import { loadDemo } from '../../lib/cli/demo.ts';
import { openAwsArchive } from '../../lib/store/aws.ts';
import { BUCKET, type Cloud, startCloud } from './cloud.ts';
import { gatewayEvent } from './gateway-event.ts';
import { type Invoked, invokeFunction } from './lambda-machine.ts';
import { type Uploads, unpackUploads } from './uploads.ts';

/** What a deployment would upload, with a bucket and a table that hold the demo archive. */
export interface Packaged extends AsyncDisposable {
  readonly uploads: Uploads;
  readonly cloud: Cloud;
  /** Starts a function anew and puts events to it, one after the other. `more` goes into its environment. */
  run(name: string, events: readonly unknown[], more?: Readonly<Record<string, string>>): Promise<Invoked>;
  /** Puts a file into the bucket. */
  put(key: string, body: string): Promise<void>;
}

/** @param folder an empty one, which the caller removes */
export async function packagedDemo(folder: string): Promise<Packaged> {
  const uploads = unpackUploads(folder);
  const cloud = await startCloud();
  await using archive = await openAwsArchive(cloud.env);
  await loadDemo(archive);
  // Every object is read in place where httpfs is there.
  const environment = {
    ...cloud.env,
    GENOMICS_SOFTWARE: 'packaged',
    ...(hasHttpfs() ? { GENOMICS_HTTPFS: HTTPFS_PATH, GENOMICS_RANGED_ABOVE: '0' } : {}),
  };
  return {
    uploads,
    cloud,
    run: (name, events, more = {}) => invokeFunction(uploads.machineOf(name), { ...environment, ...more }, events),
    async put(key, body) {
      const { status } = await fetch(`${cloud.s3.endpoint}/${BUCKET}/${key}`, { method: 'PUT', body });
      if (status !== 200) throw new Error(`${key} is refused with ${status}`);
    },
    [Symbol.asyncDispose]: cloud.close,
  };
}

/** A streamed answer: what API Gateway makes of it. */
export function answered(output: string) {
  const [prelude = '', body = ''] = output.split('\0'.repeat(8));
  return { ...(JSON.parse(prelude) as { statusCode: number; headers: Record<string, string> }), body };
}

/** The recorded GET, of another path and query. */
export function getEvent(path: string, query: Readonly<Record<string, string>> = {}): APIGatewayProxyEvent {
  const recorded = gatewayEvent('find-subject-variants-get');
  return {
    ...recorded,
    resource: path,
    path,
    queryStringParameters: { ...query },
    multiValueQueryStringParameters: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
    requestContext: { ...recorded.requestContext, resourcePath: path, path: `/fhir${path}` },
  };
}

/** The same question, to be answered later. */
export const preferringAsync = (event: APIGatewayProxyEvent): APIGatewayProxyEvent => ({
  ...event,
  multiValueHeaders: { ...event.multiValueHeaders, Prefer: ['respond-async'] },
});

/** Id of the job that a question became; empty when it became none. */
export const jobOf = (submission: Pick<ReturnType<typeof answered>, 'headers'> | undefined): string =>
  submission?.headers['Content-Location']?.split('/').at(-1) ?? '';

/** A look at what became of a job. */
export const jobEvent = (id: string): APIGatewayProxyEvent => ({
  ...getEvent(`/async/${id}`),
  resource: '/async/{id}',
  pathParameters: { id },
});

/** What the worker gets from the table's stream. */
export const jobRecord = (id: string): object => ({
  Records: [{ eventName: 'INSERT', dynamodb: { Keys: { pk: { S: `JOB#${id}` }, sk: { S: 'JOB' } } } }],
});
