import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSEMBLIES } from '../../lib/genomics/assembly.ts';
import type { Population } from '../../lib/operations/population-ports.ts';
import type { RangeQuestion } from '../../lib/operations/ports.ts';
import { areTabled } from '../../lib/store/athena/dialect.ts';
import { athenaEngine } from '../../lib/store/athena/engine.ts';
import { parquetPopulation } from '../../lib/store/cohort/population.ts';
import { BIN_BASES } from '../../lib/store/cohort/schema.ts';
import { type DuckDb, openDuckDb } from '../../lib/store/duckdb.ts';
import { LOCAL_TABLE, type LocalDynamo, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { dynamoTable } from '../../lib/store/table.ts';
import {
  collect,
  regionRow,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../support/archive.ts';
import { span } from '../support/archive-builder.ts';
import { type AthenaServer, startAthena } from '../support/athena-server.ts';
import { startTrino, trinoLibrary } from '../support/trino/engine.ts';

const EDGE = BIN_BASES;
const library = trinoLibrary();

const QUESTIONS: readonly Omit<RangeQuestion, 'index'>[] = [
  { chromosome: '1', ...span(EDGE - 2, EDGE + 1) },
  { chromosome: '1', ...span(EDGE, EDGE) },
  { chromosome: '1', ...span(30, 60) },
  { chromosome: '1', ...span(0, 6 * EDGE) },
  { chromosome: 'MT', ...span(90, 210) },
  { chromosome: '1', ...span(5 * EDGE + 7, 5 * EDGE + 8) },
];
const questions = QUESTIONS.map((one, index): RangeQuestion => ({ ...one, index }));

let archive: TemporaryArchive;
let dynamo: LocalDynamo;
let duckDb: DuckDb;
let trino: Awaited<ReturnType<typeof startTrino>>;
let athena: AthenaServer;

/** Somebody with a test; `n` moves its variants, so that people share some and not others. */
async function person(
  subject: string,
  n: number,
  assembly = ASSEMBLIES[n % 2] ?? 'GRCh38',
  version = 1,
): Promise<void> {
  const own = { subject };
  await storeStudy(archive, {
    id: `test-of-${subject}`,
    version,
    assembly,
    inputs: [{ sourceClass: n % 3 === 0 ? 'somatic' : 'germline', studiedRegions: true }] as never,
    subjects: new Map([[subject, [{ input: 0, sample: subject }]]]),
    variants: {
      1: [
        variantRow(40, 'A', 'G', own),
        variantRow(EDGE - 3, 'ACGT', 'A', own),
        variantRow(EDGE + (n % 2), 'A', 'AT', own),
        variantRow(5 * EDGE + 7, 'C', 'T', { ...own, filters: n % 4 === 0 ? 'LowQual' : 'PASS' }),
      ],
      MT: [variantRow(100 + 50 * (n % 3), 'A', 'G', own)],
    },
    structural: [structuralRow('1', n % 2 ? 'DEL' : 'DUP', EDGE - 100, 3 * EDGE, own)],
    regions: { 1: [regionRow('studied', 0, (2 + n) * EDGE, { subject: null }), regionRow('uncalled', 45, 46, own)] },
  });
}

/** The same archive as another process reads it. */
function populationOf(engine?: ReturnType<typeof athenaEngine>): () => Promise<Population> {
  return parquetPopulation({
    table: dynamoTable(dynamo.connection, LOCAL_TABLE),
    objects: localObjects(join(archive.folder, 'objects')),
    duckDb: async () => duckDb,
    ...(engine === undefined ? {} : { far: { engine, reads: areTabled, above: 0 } }),
  });
}

const client = () =>
  new AthenaClient({
    endpoint: athena.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
const engineOf = (mostQuestions?: number) => {
  const engine = athenaEngine({ client: client(), workGroup: 'genomics', database: 'genomics', patience: 120_000 });
  return mostQuestions === undefined ? engine : { ...engine, mostQuestions };
};

/** Everything a population says of the questions. */
async function said(population: Population): Promise<object> {
  const named = (places: readonly number[]) => [...new Set(places.map((one) => population.subjects[one]))].sort();
  const answers: Record<string, string[]> = {};
  const add = (name: string, places: readonly number[]) => {
    answers[name] = [...new Set([...(answers[name] ?? []), ...(named(places) as string[])])].sort();
  };
  for (const assembly of ASSEMBLIES) {
    for (const sourceClass of [undefined, 'germline', 'somatic'] as const) {
      const asked = { assembly, questions, sourceClass };
      const of = `${assembly} ${sourceClass}`;
      for (const { index, reportedStart0, ref, alt, subjects } of await collect(population.alleles(asked))) {
        add(`${of} ${index} ${reportedStart0} ${ref} ${alt}`, subjects);
      }
      for (const relation of ['intersecting', 'subsuming'] as const) {
        for (const { index, subjects } of await collect(population.structural(asked, relation))) {
          add(`${of} ${relation} ${index}`, subjects);
        }
      }
    }
  }
  const groups = questions.map((one) => [
    { index: one.index, text: '', places: new Map(ASSEMBLIES.map((assembly) => [assembly, one] as const)) },
  ]);
  const callable = await population.callable(groups, () => true);
  return { subjects: population.subjects, answers, callable };
}

const asked = () => athena.requests.filter(({ action }) => action === 'StartQueryExecution').length;

describe.skipIf(library === undefined)('a population asked of Trino, which Athena is', () => {
  beforeAll(async () => {
    archive = await temporaryArchive();
    dynamo = await openLocalDynamo(archive.folder);
    duckDb = await openDuckDb({ memoryBytes: 268_435_456, threads: 1, temporary: join(archive.folder, 'duck') });
    trino = await startTrino(library as string, join(archive.folder, 'metastore'), join(archive.folder, 'objects'));
    athena = await startAthena(trino.execute);
  }, 120_000);
  afterAll(async () => {
    await athena?.close();
    await trino?.close();
    duckDb?.close();
    await dynamo?.close();
    await archive?.remove();
  });

  const equal = async (mostQuestions?: number) => {
    const before = asked();
    const [near, far] = [await populationOf()(), await populationOf(engineOf(mostQuestions))()];
    const expected = await said(near);
    expect(await said(far)).toEqual(expected);
    expect(asked()).toBeGreaterThan(before);
    return expected;
  };

  it('says what DuckDB says: of one generation, of one that shares files, of what is newer and of who is erased', async () => {
    for (const n of [0, 1, 2, 3, 4, 5]) await person(`P${n}`, n);
    await archive.admin.compact();
    expect(Object.keys(((await equal()) as { answers: object }).answers).length).toBeGreaterThan(20);
    // Writes some cells anew; the others stay those of the first generation, whose own stay in its folders.
    await storeStudy(archive, {
      id: 'late',
      variants: { 1: [variantRow(40, 'A', 'G', { subject: 'P9' })] },
      subjects: new Map([['P9', [{ input: 0, sample: 'P9' }]]]),
    } as never);
    await archive.admin.compact();
    await equal();
    await archive.admin.erase('P2');
    await person('P1', 4, 'GRCh37', 2);
    await person('P7', 7);
    await equal(2);
  }, 240_000);

  it('fails when a partition has lost its file or has another one beside it', async () => {
    const { alleles } = await populationOf(engineOf())();
    const objects = localObjects(join(archive.folder, 'objects'));
    const keys: string[] = [];
    for await (const { key } of objects.list('cohort/variants/assembly=GRCh38/')) keys.push(key);
    // A file of an earlier generation, which is in no question: it must not matter.
    const asking = () => collect(alleles({ assembly: 'GRCh38', questions, sourceClass: undefined }));
    await expect(asking()).resolves.not.toEqual([]);
    for (const key of keys) await objects.remove(key);
    await expect(asking()).rejects.toThrow('could not be read');
  }, 120_000);
});
