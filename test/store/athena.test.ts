import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Athena } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSEMBLIES } from '../../lib/genomics/assembly.ts';
import type { Population } from '../../lib/operations/population-ports.ts';
import type { RangeQuestion } from '../../lib/operations/ports.ts';
import { areTabled } from '../../lib/store/athena/dialect.ts';
import { athenaEngine } from '../../lib/store/athena/engine.ts';
import { LONGEST_QUERY } from '../../lib/store/athena/statement.ts';
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
  { chromosome: '1', ...span(2 * EDGE + 100, 2 * EDGE + 101) },
  { chromosome: '2', ...span(5_000, 5_020) },
];
const questions = QUESTIONS.map((one, index): RangeQuestion => ({ ...one, index }));

let archive: TemporaryArchive;
let dynamo: LocalDynamo;
let duckDb: DuckDb;
let trino: Awaited<ReturnType<typeof startTrino>>;
let athena: AthenaServer;

const TERMS = ['SO:0001583', 'SO:0001587'];

/** Somebody with a test; `n` moves its variants, so that people share some and not others. */
async function person(
  subject: string,
  n: number,
  assembly = ASSEMBLIES[n % 2] ?? 'GRCh38',
  version = 1,
): Promise<void> {
  const own = { subject };
  const stating = {
    input: 0,
    start0: 40,
    end0: 41,
    reported_start0: 40,
    ref: 'A',
    alt: 'G',
    ordinal: 0,
    tool: 'VEP 105',
  };
  await storeStudy(archive, {
    id: `test-of-${subject}`,
    version,
    assembly,
    inputs: [
      {
        sourceClass: n % 3 === 0 ? 'somatic' : 'germline',
        studiedRegions: true,
        ...(n % 4 === 1 ? {} : { annotations: ['VEP 105'] }),
      },
    ],
    subjects: new Map([[subject, [{ input: 0, sample: subject, specimen: `specimen-${n}` }]]]),
    variants: {
      1: [
        variantRow(40, 'A', 'G', own),
        variantRow(EDGE - 3, 'ACGT', 'A', own),
        variantRow(EDGE + (n % 2), 'A', 'AT', { ...own, genotype: '0|1', phase_set: '7', haplotypes: 2 }),
        variantRow(5 * EDGE + 7, 'C', 'T', { ...own, filters: n % 4 === 0 ? 'LowQual' : 'PASS' }),
      ],
      // More places than a dictionary holds: written as differences.
      2: Array.from({ length: 1500 }, (_, i) => variantRow(100 + 7 * i + n, 'A', 'G', own)),
      MT: [variantRow(100 + 50 * (n % 3), 'A', 'G', own)],
    },
    structural: [
      structuralRow('1', n % 2 ? 'DEL' : 'DUP', EDGE - 100, 3 * EDGE, own),
      structuralRow('1', 'DEL', 2 * EDGE + n, 2 * EDGE + 500, { ...own, imprecise: n % 2 === 0 }),
    ],
    regions: { 1: [regionRow('studied', 0, (2 + n) * EDGE, { subject: null }), regionRow('uncalled', 45, 46, own)] },
    ...(n % 4 === 1
      ? {}
      : { consequences: { 1: [{ ...stating, consequences: n % 4 === 2 ? 'SO:0001583&SO:0001630' : 'SO:0001819' }] } }),
    genotypes: [
      {
        ...own,
        input: 0,
        gene_symbol: n % 2 ? 'CYP2C19' : "IT'S",
        genotype_code: `*1/*${n % 3}`,
        genotype_display: `*1/*${n % 3}`,
        candidates: 1,
      },
    ],
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

const client = async () =>
  new Athena({
    endpoint: athena.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
const engineOf = (longestQuery = LONGEST_QUERY) =>
  athenaEngine({
    client,
    workGroup: 'genomics',
    database: 'genomics',
    patience: 120_000,
    longestQuery,
    pause: () => sleep(5),
  });

/** Everything a population says of the questions. */
async function said(population: Population): Promise<object> {
  const named = (places: readonly number[]) => [...new Set(places.map((one) => population.subjects[one]))].sort();
  const answers: Record<string, string[]> = {};
  const add = (name: string, places: readonly number[]) => {
    answers[name] = [...new Set([...(answers[name] ?? []), ...(named(places) as string[])])].sort();
  };
  for (const assembly of ASSEMBLIES) {
    for (const sourceClass of [undefined, 'germline'] as const) {
      const asked = { assembly, questions, sourceClass };
      const of = `${assembly} ${sourceClass}`;
      const all = ['told', 'nothing', TERMS, []] as const;
      for (const stated of [undefined, ...(sourceClass === undefined ? all : [])]) {
        const told = { ...asked, ...(stated === undefined ? {} : { stated }) };
        for (const { subjects, ...allele } of await collect(population.alleles(told))) {
          add(`${of} ${stated} ${JSON.stringify(allele)}`, subjects);
        }
      }
      for (const relation of ['intersecting', 'subsuming'] as const) {
        for (const { index, subjects } of await collect(population.structural(asked, relation))) {
          add(`${of} ${relation} ${index}`, subjects);
        }
      }
    }
  }
  for (const genes of [undefined, ['cyp2c19', "it's"], ['CYP2D6']]) {
    for (const { subjects, ...genotype } of await population.genotypes('germline', genes)) {
      add(`${genes} ${JSON.stringify(genotype)}`, subjects);
    }
  }
  const germline = await Promise.all(ASSEMBLIES.map((assembly) => germlineSaid(population, assembly)));
  const groups = questions.map((one) => [
    { index: one.index, text: '', places: new Map(ASSEMBLIES.map((assembly) => [assembly, one] as const)) },
  ]);
  const callable = await population.callable(groups, () => true);
  return { subjects: population.subjects, answers, callable, germline };
}

/** What star alleles would be called from, in an order of its own. */
async function germlineSaid(population: Population, assembly: (typeof ASSEMBLIES)[number]): Promise<object> {
  const germline = population.germline(assembly);
  const sources = germline.sources.map((_, source) => source);
  const sorted = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).sort();
  const seen = await germline.seen(questions);
  const perSource = (await germline.calls(questions)).flatMap(({ sources: of, ...call }) =>
    of.map((source) => ({ ...call, source })),
  );
  const perSubject = (await germline.structural(questions)).flatMap(({ subjects, ...event }) =>
    subjects.map((subject) => ({ ...event, subject })),
  );
  return {
    calls: sorted(perSource),
    structural: sorted(perSubject),
    seen: sources.map((source) => questions.map((_, place) => seen.sees(source, place))),
  };
}

async function compactedKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of localObjects(join(archive.folder, 'objects')).list('cohort/')) {
    if (key.endsWith('.parquet')) keys.push(key);
  }
  return keys;
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

  const equal = async (longestQuery?: number) => {
    const before = asked();
    const [near, far] = [await populationOf()(), await populationOf(engineOf(longestQuery))()];
    const expected = await said(near);
    expect(await said(far)).toEqual(expected);
    return { expected: expected as { answers: object; germline: { calls: object[] }[] }, queries: asked() - before };
  };

  it('says what DuckDB says: of one generation, of one that shares files, of what is newer and of who is erased', async () => {
    for (const n of [0, 1, 2, 3, 4, 5]) await person(`P${n}`, n);
    await archive.admin.compact();
    const { expected, queries } = await equal();
    expect(Object.keys(expected.answers).length).toBeGreaterThan(60);
    expect(expected.germline.map(({ calls }) => calls.length > 10)).toEqual([true, true]);
    // Each with a count of the rows beside it.
    expect(queries).toBeGreaterThan(50);
    // Writes some cells anew; the others stay those of the first generation, whose own stay in its folders.
    await storeStudy(archive, {
      id: 'late',
      variants: { 1: [variantRow(40, 'A', 'G', { subject: 'P9' })] },
      subjects: new Map([['P9', [{ input: 0, sample: 'P9' }]]]),
    });
    await archive.admin.compact();
    const generations = new Set((await compactedKeys()).map((key) => /gen=[0-9]+/.exec(key)?.[0]));
    expect(generations.size).toBe(2);
    await archive.admin.erase('P2');
    await person('P1', 4, 'GRCh37', 2);
    await person('P7', 7);
    // Queries that hold few questions.
    expect((await equal(1_800)).queries).toBeGreaterThan(1.5 * queries);
  }, 900_000);

  it('reads files whose numbers are written as differences', async () => {
    const [key] = (await compactedKeys()).filter((one) => one.includes('/variants/') && one.includes('chrom=2'));
    const chunks = duckDb.chunks(
      `SELECT DISTINCT encodings FROM parquet_metadata('${join(archive.folder, 'objects', String(key))}')`,
      {},
    );
    const encodings: unknown[] = [];
    for await (const chunk of chunks) encodings.push(...(chunk.getColumns()[0] ?? []));
    expect(encodings.join()).toContain('DELTA_BINARY_PACKED');
  });

  it('fails when a partition has lost its file or has another one beside it', async () => {
    const { alleles } = await populationOf(engineOf())();
    const objects = localObjects(join(archive.folder, 'objects'));
    const keys = (await compactedKeys()).filter((key) => key.startsWith('cohort/variants/assembly=GRCh38/'));
    // A file of an earlier generation, which is in no question: it must not matter.
    const asking = () => collect(alleles({ assembly: 'GRCh38', questions, sourceClass: undefined }));
    await expect(asking()).resolves.not.toEqual([]);
    for (const key of keys) await objects.remove(key);
    await expect(asking()).rejects.toThrow('could not be read');
  }, 120_000);
});
