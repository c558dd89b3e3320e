import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotReadyError, UnavailableError } from '../../lib/genomics/errors.ts';
import { describeFault } from '../../lib/http/fault.ts';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { awsPorts, openAwsArchive } from '../../lib/store/aws.ts';
import { LOCAL_TABLE } from '../../lib/store/local-dynamodb.ts';
import { replayGate } from '../../lib/store/replayed.ts';
import { dynamoTable, type Item, type Table } from '../../lib/store/table.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { vcf } from '../support/vcf-builder.ts';

let folder: string;
let cloud: Cloud;
let client: DynamoDBDocumentClient;
let table: Table;
let servers: RunningServer[];
let faults: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-replayed-'));
  cloud = await startCloud();
  client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  table = dynamoTable((work) => work(client), LOCAL_TABLE);
  [servers, faults] = [[], []];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  client.destroy();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

/** A function that starts now, behind HTTP. @returns status, Retry-After and body of a question */
async function started() {
  const ports = await awsPorts(cloud.env);
  const server = await startServer({ port: 0, ports, onFault: (error) => faults.push(error) });
  servers.push(server);
  return async (question: string) => {
    const response = await fetch(`${server.url}/${question}`);
    return [response.status, response.headers.get('retry-after'), await response.text()] as const;
  };
}

const ABOUT = (subject: string) => `$find-subject-variants?subject=${subject}&ranges=NC_000001.11:99-100`;
const EVERYONE = '$find-population-specific-variants?variants=NC_000001.11:99:A:G';
const PLACE = 'utilities/normalize-variant?variant=NC_000001.11:99:A:G';

async function everyItem(): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of table.scan()) items.push(item);
  return items;
}

describe('a function on a table that was restored from before an erasure', () => {
  beforeEach(async () => {
    await using archive = await openAwsArchive(cloud.env);
    for (const subject of ['X', 'Y']) {
      const file = join(folder, `${subject}.vcf`);
      await writeFile(file, vcf([{ pos: 100 }], { samples: [subject] }));
      const inputs = [{ file, subject, sourceClass: 'germline' as const }];
      await ingest(
        { testId: 'T', assembly: 'GRCh38', testDate: '2026-01-31', mode: 'create', inputs },
        archive.archive,
      );
    }
    await archive.admin.compact();
    const before = await everyItem();
    await archive.admin.erase('X');
    await table.removeAll(await everyItem());
    await table.putAll(before);
  });

  it('refuses every question about anybody, says in its log what to run, and answers when that was done', async () => {
    const ask = await started();
    for (const question of [ABOUT('X'), ABOUT('Y'), EVERYONE]) {
      const [status, retryAfter, body] = await ask(question);
      expect([status, retryAfter], question).toEqual([503, '5']);
      expect(JSON.parse(body)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'transient' }] });
      expect(body).not.toMatch(/\b[XY]\b|replay|erasure/);
    }
    expect(faults).toHaveLength(3);
    for (const fault of faults) {
      expect(fault).toBeInstanceOf(NotReadyError);
      expect(describeFault(fault)).toContain("restored from before 1 erasures; run 'genomics subjects replay'");
    }
    await using archive = await openAwsArchive(cloud.env);
    await archive.admin.replay();
    await archive.admin.compact({ full: true });
    expect((await ask(ABOUT('X')))[0]).toBe(404);
    expect((await ask(ABOUT('Y')))[0]).toBe(200);
    expect((await ask(EVERYONE))[0]).toBe(200);
  });

  it('answers what is about nobody', async () => {
    const ask = await started();
    expect((await ask(PLACE))[0]).toBe(200);
  });
});

describe('a function on a table that knows every erasure', () => {
  it('looks once, and not once a question', async () => {
    const ask = await started();
    for (let n = 0; n < 3; n++) expect((await ask(ABOUT('nobody')))[0]).toBe(404);
    expect(cloud.s3.requests.filter((request) => request === 'LIST tombstones/')).toHaveLength(1);
  });

  it('answers nothing as long as the list can not be had', async () => {
    await cloud.s3.close();
    const ask = await started();
    expect((await ask(ABOUT('nobody')))[0]).toBe(503);
  });
});

describe('the gate', () => {
  const ports = { studies: { subject: async () => undefined }, population: async () => ({}) } as never;

  it('holds for minutes, looks again after a failure at once, and lets nothing past one', async () => {
    let [now, looks] = [0, 0];
    let outcome: () => Promise<readonly string[]> = async () => [];
    const gated = replayGate(
      () => {
        looks++;
        return outcome();
      },
      () => now,
    )(ports);
    expect(looks).toBe(1);
    await gated.studies.subject('a');
    await gated.population();
    expect(looks).toBe(1);
    now += 6 * 60_000;
    outcome = async () => ['X'];
    await expect(gated.studies.subject('a')).rejects.toThrow(NotReadyError);
    await expect(gated.population()).rejects.toThrow(NotReadyError);
    expect(looks).toBe(3);
    outcome = () => Promise.reject(new UnavailableError('out of reach'));
    await expect(gated.studies.subject('a')).rejects.toThrow(UnavailableError);
    outcome = async () => [];
    await gated.studies.subject('a');
    await gated.studies.subject('a');
    expect(looks).toBe(5);
  });
});
