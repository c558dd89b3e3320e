import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { awsPorts, openAwsArchive } from '../../lib/store/aws.ts';
import { LOCAL_TABLE } from '../../lib/store/local-dynamodb.ts';
import { dynamoTable } from '../../lib/store/table.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { gatewayEvent } from '../support/gateway-event.ts';
import { invoke, stubRuntime } from '../support/invoke-lambda.ts';
import { noJobs } from './fake-operation.ts';

let cloud: Cloud;
beforeAll(async () => {
  stubRuntime();
  cloud = await startCloud();
  await using archive = await openAwsArchive(cloud.env);
  await archive.admin.register(['S1']);
});
afterAll(async () => {
  vi.useRealTimers();
  await cloud.close();
});

/** What the authorizer would say of a client that may ask everything. */
function asked(clientId: string, query: Readonly<Record<string, string>>): APIGatewayProxyEvent {
  const recorded = gatewayEvent('find-subject-variants-get');
  const principal = {
    issuer: 'https://issuer.example',
    clientId,
    scopes: ['system/*.rs'],
    machine: true,
    expires: 4102444800,
  };
  return {
    ...recorded,
    queryStringParameters: { ...query },
    multiValueQueryStringParameters: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
    requestContext: { ...recorded.requestContext, authorizer: { principal: JSON.stringify(principal) } },
  };
}

async function partitions(): Promise<readonly string[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  try {
    const items = [];
    for await (const item of dynamoTable((work) => work(client), LOCAL_TABLE).scan()) items.push(item);
    return items.map(({ pk }) => pk);
  } finally {
    client.destroy();
  }
}

const EVERYONE = { variants: 'NC_000007.14:140753335:A:T' };

/** Another instance of the function: another process, as far as its ports go. */
async function instance(budget: string) {
  const { lambda } = await import('../../lib/http/lambda.ts');
  const ports = await awsPorts({ ...cloud.env, GENOMICS_POPULATION_BUDGET: budget });
  const options = { audit: async () => {} };
  return {
    everyone: lambda(findPopulationSpecificVariants, ports, noJobs, options),
    subject: lambda(findSubjectVariants, ports, noJobs, options),
  };
}

describe('a function that has a budget', () => {
  it('refuses a client whose questions are used up in whatever instance, and answers another', async () => {
    // A quarter past: no new hour begins meanwhile.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-25T10:15:00Z') });
    const instances = [await instance('3'), await instance('3')] as const;
    const before = await partitions();
    const answers = [];
    for (const one of [0, 1, 0, 1, 0] as const) {
      answers.push(await invoke(instances[one].everyone, asked('greedy', EVERYONE)));
    }
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429, 429]);
    const refused = answers[3];
    expect(refused?.headers['Retry-After']).toBe('2700');
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'throttled' }],
    });
    expect((await invoke(instances[0].everyone, asked('other', EVERYONE))).statusCode).toBe(200);
    const subject = asked('greedy', { subject: 'S1', ranges: 'NC_000007.14:1-2' });
    expect((await invoke(instances[0].subject, subject)).statusCode).toBe(200);
    // All that was written is in the partitions that the function's role may write (lib/stacks/permissions.ts).
    const written = (await partitions()).filter((pk) => !before.includes(pk));
    expect(written).toHaveLength(2);
    for (const pk of written) expect(pk).toMatch(/^BUDGET#/);
  });
});
