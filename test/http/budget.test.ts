import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../lib/auth/principal.ts';
import { InvalidInputError } from '../../lib/genomics/errors.ts';
import { answer } from '../../lib/http/answer-operation.ts';
import { fromFetch } from '../../lib/http/request.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { disclosureSettings } from '../../lib/store/disclosure-settings.ts';
import { LOCAL_TABLE, type LocalDynamo, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { tableBudget } from '../../lib/store/query-budget.ts';
import { dynamoTable, type Table } from '../../lib/store/table.ts';
import { EXAMPLE_ARCHIVES } from '../support/example-archives.ts';

const QUARTER_PAST = 1_700_000_000_000 - (1_700_000_000_000 % 3_600_000) + 900_000;
let folder: string;
let dynamo: LocalDynamo;
let table: Table;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'budget-'));
  dynamo = await openLocalDynamo(folder);
  table = dynamoTable(dynamo.connection, LOCAL_TABLE);
});
afterAll(async () => {
  await dynamo?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the budget of a client', () => {
  it('is its own, counts questions that come at the same time, and is full again in the next hour', async () => {
    let now = QUARTER_PAST;
    const [one, another] = [tableBudget(table, 5, () => now), tableBudget(table, 5, () => now)];
    const taken = await Promise.all([one, another, one, another, one, another].map((budget) => budget.take('a')));
    expect(taken.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 2700]);
    expect(await one.take('b')).toBe(0);
    now += 2_700_000;
    expect(await one.take('a')).toBe(0);
  });

  it('ends with a 429 that says when to come back; questions about one subject are not counted', async () => {
    const ports = { ...EXAMPLE_ARCHIVES.cohort(), budget: tableBudget(table, 2, () => QUARTER_PAST) };
    const principal = {
      issuer: 'https://issuer.example',
      clientId: 'c',
      scopes: ['system/*.rs'],
      machine: true,
      expires: Number.MAX_SAFE_INTEGER,
    };
    const context = {
      software: 'test',
      onFault: () => {},
      base: 'http://127.0.0.1/fhir',
      identify: async (): Promise<Caller> => ({ kind: 'principal', principal }),
      audit: async () => {},
    };
    const ask = (url: string) => fromFetch(new Request(`http://127.0.0.1/fhir/${url}`));
    const everyone = () =>
      answer(findPopulationSpecificVariants, ask('$x?variants=NC_000007.14:140753335:A:T'), ports, context);
    expect([(await everyone()).status, (await everyone()).status]).toEqual([200, 200]);
    const { status, headers } = await everyone();
    expect([status, headers['Retry-After']]).toEqual([429, '2700']);
    const subject = await answer(
      findSubjectVariants,
      ask('$x?subject=HG00403&ranges=NC_000007.14:1-2'),
      ports,
      context,
    );
    expect(subject.status).toBe(200);
  });
});

describe('the settings', () => {
  it('are off by default', () => expect(disclosureSettings({}, table)).toEqual({}));

  it('come from the environment', () => {
    const { disclosure, budget } = disclosureSettings(
      { GENOMICS_MINIMUM_CELL: '5', GENOMICS_POPULATION_BUDGET: '100' },
      table,
    );
    expect(disclosure).toEqual({ minimumCell: 5, roundTo: 1 });
    expect(budget).toBeDefined();
  });

  it.each(['0', '-1', '2.5', 'many'])('refuses %s', (text) => {
    expect(() => disclosureSettings({ GENOMICS_ROUND_TO: text }, table)).toThrow(InvalidInputError);
  });
});
