import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, DynamoDBRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CannotAnswerError, UnavailableError } from '../../../lib/genomics/errors.ts';
import type * as WorkerModule from '../../../lib/http/async/lambda.ts';
import type * as LambdaModule from '../../../lib/http/lambda.ts';
import { findPopulationSpecificVariants } from '../../../lib/operations/find-population-specific-variants.ts';
import { findSubjectVariants } from '../../../lib/operations/find-subject-variants.ts';
import type { JobStore } from '../../../lib/operations/jobs.ts';
import type { Ports } from '../../../lib/operations/ports.ts';
import type { Operation, Prepared } from '../../../lib/operations/row.ts';
import { awsPorts, openAwsArchive } from '../../../lib/store/aws.ts';
import { awsParts } from '../../../lib/store/aws-parts.ts';
import { jobStore } from '../../../lib/store/job-store.ts';
import { storeStudy, variantRow } from '../../support/archive.ts';
import { type Cloud, startCloud } from '../../support/cloud.ts';
import { asPost, gatewayEvent } from '../../support/gateway-event.ts';
import { invoke, type Streamed, stubRuntime } from '../../support/invoke-lambda.ts';
import { echo, fake, noPorts } from '../fake-operation.ts';

const MINUTE = 60_000;

let cloud: Cloud;
let shell: typeof LambdaModule;
let workers: typeof WorkerModule;
let jobs: JobStore;
let ports: Ports;
/** Added to the clock of all jobs. */
let later = 0;

/** How often `counted` was begun, and what its next answers do instead. */
let begun = 0;
let instead: (() => Promise<void>)[] = [];
const counted = fake('counted', async () => {
  begun++;
  const prepared = await echo.prepare({ subject: 'S1', ranges: ['a'] }, noPorts);
  return {
    ...prepared,
    async *run() {
      yield '';
      await instead.shift()?.();
      yield* prepared.run();
    },
  };
});
const unanswerable = fake('unanswerable', async () => refusing(new CannotAnswerError('no chains', 'ranges')));
const broken = fake('broken', async () => refusing(new Error('a row of ours that nobody may see')));
/** As the table of operations is to the worker. */
const operations: readonly Operation[] = [
  findSubjectVariants,
  findPopulationSpecificVariants,
  echo,
  counted,
  unanswerable,
  broken,
];

function refusing(error: Error): Prepared {
  return {
    dependsOn: [],
    // biome-ignore lint/correctness/useYield: it fails before it could
    async *run() {
      throw error;
    },
  };
}

beforeAll(async () => {
  stubRuntime();
  shell = await import('../../../lib/http/lambda.ts');
  workers = await import('../../../lib/http/async/lambda.ts');
  cloud = await startCloud();
  await using archive = await openAwsArchive(cloud.env);
  await storeStudy(archive, {
    id: 'cloud',
    variants: { 1: [variantRow(1500, 'A', 'G'), variantRow(2500, 'C', 'CT')] },
  });
  ports = await awsPorts(cloud.env);
  jobs = jobStore({ ...awsParts(cloud.env), now: () => Date.now() + later });
});
afterEach(() => {
  [begun, instead, later] = [0, [], 0];
});
afterAll(() => cloud?.close());

const RECORDED = gatewayEvent('find-subject-variants-get');
const principalOf = (event: APIGatewayProxyEvent) => JSON.parse(String(event.requestContext.authorizer?.['principal']));

/** The event with another principal. */
function as(event: APIGatewayProxyEvent, changes: Readonly<Record<string, unknown>>): APIGatewayProxyEvent {
  const principal = JSON.stringify({ ...principalOf(event), ...changes });
  return { ...event, requestContext: { ...event.requestContext, authorizer: { principal } } };
}

const preferring = (event: APIGatewayProxyEvent): APIGatewayProxyEvent => ({
  ...event,
  multiValueHeaders: { ...event.multiValueHeaders, Prefer: ['respond-async'] },
});

const lambdaOf = (operation: Operation) => shell.lambda(operation, ports, jobs);
const submit = (operation: Operation, event = RECORDED) => invoke(lambdaOf(operation), preferring(event));

const BASE = 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/fhir';

function idOf(submission: Streamed): string {
  expect([submission.statusCode, submission.body]).toEqual([202, '']);
  const [, id = ''] = /^(.*)\/async\/([\w-]+)$/.exec(submission.headers['Content-Location'] ?? '')?.slice(1) ?? [];
  expect(submission.headers['Content-Location']).toBe(`${BASE}/async/${id}`);
  return id;
}

/** What the client's GET or DELETE of a job becomes. */
function jobEvent(id: string, httpMethod = 'GET'): APIGatewayProxyEvent {
  const path = `/async/${id}`;
  return {
    ...RECORDED,
    httpMethod,
    path,
    resource: '/async/{id}',
    pathParameters: { id },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
  };
}

const look = (id: string, change = (event: APIGatewayProxyEvent) => event, method = 'GET') => {
  const rows = operations.map(({ row }) => row);
  return invoke(shell.asyncLambda(rows, jobs), change(jobEvent(id, method)));
};

/** Records as the stream would have them of everything in the table: keys and nothing else. */
async function streamRecords(): Promise<readonly DynamoDBRecord[]> {
  const { Items = [] } = await new DynamoDBClient({}).send(
    new ScanCommand({ TableName: cloud.env['GENOMICS_TABLE'], ConsistentRead: true }),
  );
  return Items.map(({ pk, sk }) => ({ eventName: 'INSERT', dynamodb: { Keys: { pk, sk } } }) as DynamoDBRecord);
}

/** The stream's record of one job. */
async function recordOf(id: string): Promise<DynamoDBRecord> {
  const record = (await streamRecords()).find(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S === `JOB#${id}`);
  if (record === undefined) throw new Error('no such item');
  return record;
}

/** Waiting takes no time, but the clock goes on. */
const goOn = async (milliseconds: number): Promise<void> => {
  later += milliseconds;
};

/** Gives a record to the worker. */
async function work(record: DynamoDBRecord, pause = goOn): Promise<void> {
  await workers.workerLambda({ jobs, operations, ports }, pause)({ Records: [record] });
}

describe('a question for later, on AWS', () => {
  it.each([
    ['of one subject', findSubjectVariants, RECORDED],
    ['of one subject, as Parameters', findSubjectVariants, asPost(RECORDED)],
    [
      'of everyone',
      findPopulationSpecificVariants,
      {
        ...RECORDED,
        multiValueQueryStringParameters: {
          variants: ['NC_000001.11:1500:A:G,NC_000001.11:9:A:G'],
          includePatientList: ['true'],
        },
      },
    ],
  ])('%s is answered by the worker with what would have been answered at once', async (_, operation, event) => {
    const now = await invoke(lambdaOf(operation as Operation), event);
    expect(now.statusCode).toBe(200);
    const id = idOf(await submit(operation as Operation, event));
    const waiting = await look(id);
    expect([waiting.statusCode, waiting.headers['X-Progress'], waiting.body]).toEqual([202, 'waiting', '']);
    expect(Number(waiting.headers['Retry-After'])).toBeGreaterThan(0);
    await work(await recordOf(id));
    const answer = await look(id);
    expect([answer.statusCode, answer.complete]).toEqual([200, true]);
    expect(answer.headers['Content-Type']).toBe('application/fhir+json');
    expect(answer.headers['Access-Control-Expose-Headers']).toContain('X-Progress');
    expect(answer.body).toBe(now.body);
  });

  it('is told apart in the stream from everything else that is in the table', async () => {
    const id = idOf(await submit(counted));
    const all = await streamRecords();
    expect(all.length).toBeGreaterThan(5);
    for (const record of all) await work(record);
    // A change or the removal of an item by its time to live is no news.
    for (const eventName of ['MODIFY', 'REMOVE'] as const) await work({ ...(await recordOf(id)), eventName });
    expect(begun).toBe(2);
    expect((await look(id)).statusCode).toBe(200);
  });

  it('is refused at once where it would be refused anyway, and leaves nothing behind', async () => {
    const before = (await streamRecords()).length;
    const malformed = { ...RECORDED, multiValueQueryStringParameters: { subject: ['S1'] } };
    expect((await submit(echo, malformed)).statusCode).toBe(400);
    expect((await submit(echo, as(RECORDED, { scopes: [] }))).statusCode).toBe(403);
    expect((await submit(findSubjectVariants, { ...RECORDED, ...question('nobody') })).statusCode).toBe(404);
    expect((await streamRecords()).length).toBe(before);
  });

  it('says that it is under way while it is', async () => {
    const id = idOf(await submit(counted));
    let during: Streamed | undefined;
    instead = [
      async () => {
        during = await look(id);
      },
    ];
    await work(await recordOf(id));
    expect([during?.statusCode, during?.headers['X-Progress']]).toEqual([202, 'running']);
    expect((await look(id)).statusCode).toBe(200);
  });

  it('is answered once, however often the stream tells of it', async () => {
    const id = idOf(await submit(counted));
    begun = 0;
    const record = await recordOf(id);
    await Promise.all([1, 2, 3].map(() => work(record, () => sleep(5))));
    const answer = await look(id);
    await work(record);
    expect(begun).toBe(1);
    expect((await look(id)).body).toBe(answer.body);
    expect([...cloud.s3.objects.keys()].filter((key) => key.startsWith(`async/${id}/answer`))).toHaveLength(1);
  });

  it('is taken over from a worker that died', async () => {
    const id = idOf(await submit(counted));
    // Begun, and never heard of again.
    await jobs.claim(id);
    begun = 0;
    await work(await recordOf(id));
    expect(begun).toBe(1);
    expect(later).toBeGreaterThan(MINUTE);
    expect((await look(id)).statusCode).toBe(200);
  });

  it('is not taken over from one that lives, and the stream tells of it again when that takes too long', async () => {
    const id = idOf(await submit(counted));
    const other = await jobs.claim(id);
    begun = 0;
    const attempt = work(await recordOf(id), async (milliseconds) => {
      later += milliseconds / 2;
      await other?.renew();
      later += milliseconds / 2;
      await other?.renew();
    });
    await expect(attempt).rejects.toThrow('another worker');
    expect(begun).toBe(0);
    expect((await look(id)).headers['X-Progress']).toBe('running');
  });

  it('ends with an outcome, never with an empty answer, when it kills every worker', async () => {
    const id = idOf(await submit(counted));
    for (let worker = 0; worker < 3; worker++) {
      await jobs.claim(id);
      later += 2 * MINUTE;
    }
    begun = 0;
    await work(await recordOf(id));
    expect(begun).toBe(0);
    const answer = await look(id);
    expect(answer.statusCode).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'transient' }] });
  });

  it('is told of again while files can not be read, and ends with 503 when they stay so', async () => {
    const id = idOf(await submit(counted));
    const fails = async () => {
      throw new UnavailableError('not now');
    };
    instead = [fails, fails, fails];
    const record = await recordOf(id);
    await expect(work(record)).rejects.toThrow(UnavailableError);
    expect((await look(id)).headers['X-Progress']).toBe('waiting');
    await expect(work(record)).rejects.toThrow(UnavailableError);
    await work(record);
    expect((await look(id)).statusCode).toBe(503);
    const recovered = idOf(await submit(counted));
    instead = [fails];
    await expect(work(await recordOf(recovered))).rejects.toThrow(UnavailableError);
    await work(await recordOf(recovered));
    expect((await look(recovered)).statusCode).toBe(200);
  });

  it('ends with the status and outcome of the refusal, or of a fault that only the log tells of', async () => {
    const refused = idOf(await submit(unanswerable));
    await work(await recordOf(refused));
    const outcome = await look(refused);
    expect(outcome.statusCode).toBe(422);
    expect(JSON.parse(outcome.body).issue[0]).toMatchObject({ code: 'processing', expression: ['ranges'] });
    const failed = idOf(await submit(broken));
    const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await work(await recordOf(failed));
    const logged = log.mock.calls.map(([line]) => String(line)).join('');
    log.mockRestore();
    const fault = await look(failed);
    expect(fault.statusCode).toBe(500);
    expect(fault.body).not.toContain('a row of ours');
    expect(logged).toContain(failed);
    expect(logged).not.toContain('a row of ours');
  });

  it('is as if it had never been once it is cancelled, done or at work', async () => {
    const done = idOf(await submit(counted));
    await work(await recordOf(done));
    const busy = idOf(await submit(counted));
    const record = await recordOf(busy);
    expect((await look(done, undefined, 'DELETE')).statusCode).toBe(202);
    instead = [
      async () => {
        expect((await look(busy, undefined, 'DELETE')).statusCode).toBe(202);
      },
    ];
    await work(record);
    for (const id of [done, busy]) {
      expect((await look(id)).statusCode).toBe(404);
      expect((await look(id, undefined, 'DELETE')).statusCode).toBe(404);
      expect([...cloud.s3.objects.keys()].filter((key) => key.includes(id))).toEqual([]);
    }
    begun = 0;
    await work(record);
    expect(begun).toBe(0);
  });

  it('shows itself to nobody but the client and the person who asked, with the rights that it takes', async () => {
    const id = idOf(await submit(echo));
    await work(await recordOf(id));
    const missing = await look('A'.repeat(32));
    expect(missing.statusCode).toBe(404);
    for (const changes of [
      { clientId: 'other-app' },
      { subject: 'practitioner-2' },
      { issuer: 'https://other.example' },
    ]) {
      for (const method of ['GET', 'DELETE']) {
        const response = await look(id, (event) => as(event, changes), method);
        expect([response.statusCode, response.body]).toEqual([404, missing.body]);
      }
    }
    expect((await look(id, (event) => as(event, { scopes: ['user/DiagnosticReport.rs'] }))).statusCode).toBe(403);
    const unknown = (event: APIGatewayProxyEvent) => ({
      ...event,
      requestContext: { ...event.requestContext, authorizer: undefined },
    });
    expect((await look(id, unknown as typeof preferring)).statusCode).toBe(401);
    expect((await look(id, undefined, 'PUT')).statusCode).toBe(405);
    expect((await look(id)).statusCode).toBe(200);
  });

  it('is gone after a day, and never answered then', async () => {
    const [done, waiting] = [idOf(await submit(counted)), idOf(await submit(counted))];
    await work(await recordOf(done));
    begun = 0;
    later += 25 * 60 * MINUTE;
    for (const id of [done, waiting]) expect((await look(id)).statusCode).toBe(404);
    await work(await recordOf(waiting));
    expect(begun).toBe(0);
  });

  it('is a 503 where its answer can not be read or its text not be kept, and nothing is begun', async () => {
    const id = idOf(await submit(counted));
    await work(await recordOf(id));
    for (const key of cloud.s3.objects.keys()) if (key.startsWith(`async/${id}/answer`)) cloud.s3.objects.delete(key);
    const lost = await look(id);
    expect([lost.statusCode, lost.complete && lost.body === '']).not.toEqual([200, true]);
    const before = (await streamRecords()).length;
    const elsewhere = jobStore(awsParts({ ...cloud.env, GENOMICS_BUCKET: 'elsewhere' }));
    const refused = await invoke(shell.lambda(echo, ports, elsewhere), preferring(RECORDED));
    expect(refused.statusCode).toBe(503);
    expect((await streamRecords()).length).toBe(before);
  });
});

function question(subject: string): Pick<APIGatewayProxyEvent, 'multiValueQueryStringParameters'> {
  return { multiValueQueryStringParameters: { subject: [subject], ranges: ['NC_000001.11:1000-2000'] } };
}
