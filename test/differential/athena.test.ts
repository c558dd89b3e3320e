import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Athena } from '@aws-sdk/client-athena';
import { afterAll, describe, expect, it } from 'vitest';
import type { Chromosome } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { Population } from '../../lib/operations/population-ports.ts';
import { areTabled } from '../../lib/store/athena/dialect.ts';
import { athenaEngine } from '../../lib/store/athena/engine.ts';
import { parquetPopulation } from '../../lib/store/cohort/population.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { LOCAL_TABLE, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { dynamoTable } from '../../lib/store/table.ts';
import { collect } from '../support/archive.ts';
import { span } from '../support/archive-builder.ts';
import { startAthena } from '../support/athena-server.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { startTrino, trinoLibrary } from '../support/trino/engine.ts';

const FILE = '00_benchmark_pgx_1kgp/1kgp_30x_58pgx_genes_3202.grch38.vcf.gz';
/** CYP2C19, CYP2D6, UGT1A1 and a part of SLCO1B1. */
const GENES: readonly (readonly [Chromosome, number, number])[] = [
  ['10', 94_762_000, 94_855_000],
  ['22', 42_126_000, 42_131_000],
  ['2', 233_760_000, 233_775_000],
  ['12', 21_130_000, 21_160_000],
];
const questions = GENES.map(([chromosome, from, to], index) => ({ index, chromosome, ...span(from, to) }));

/** Every allele with its carriers, in an order of its own. */
async function carriersOf(population: Population): Promise<string[]> {
  const carriers = new Map<string, number[]>();
  const asked = { assembly: 'GRCh38', questions, sourceClass: 'germline' } as const;
  for (const { subjects, ...allele } of await collect(population.alleles(asked))) {
    const name = JSON.stringify(allele);
    carriers.set(name, [...(carriers.get(name) ?? []), ...subjects]);
  }
  return [...carriers].map(([name, subjects]) => `${name} ${subjects.sort((a, b) => a - b)}`).sort();
}

const library = trinoLibrary();

describe.skipIf(!hasBcftools || !hasRealData || library === undefined)('3,202 people asked of Trino', () => {
  const folder = mkdtempSync(join(tmpdir(), 'athena-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('carry what DuckDB says that they carry', async () => {
    const file = join(folder, 'genes.vcf.gz');
    const regions = GENES.map(([chromosome, from, to]) => `chr${chromosome}:${from}-${to}`).join();
    await bcftools('view', '--no-version', '-r', regions, '-Oz', '-o', file, realFile(FILE));
    await bcftools('index', '-t', file);
    const data = join(folder, 'data');
    await using archive = await openLocalArchive(data);
    const inputs = [{ file, allSamples: true, sourceClass: 'germline' }] as const;
    await ingest({ assembly: 'GRCh38', testId: 'T', testDate: '2020-01-01', mode: 'create', inputs }, archive.archive);
    await archive.admin.compact();
    const dynamo = await openLocalDynamo(data);
    const objects = join(data, 'objects');
    const duckDb = await openDuckDb({ memoryBytes: 1e9, threads: 1, temporary: join(folder, 'duckdb') });
    const trino = await startTrino(library as string, join(folder, 'metastore'), objects);
    const athena = await startAthena(trino.execute);
    try {
      const engine = athenaEngine({
        client: async () =>
          new Athena({
            endpoint: athena.endpoint,
            region: 'eu-central-1',
            credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
          }),
        workGroup: 'genomics',
        database: 'genomics',
        patience: 600_000,
        pause: () => sleep(20),
      });
      const parts = {
        table: dynamoTable(dynamo.connection, LOCAL_TABLE),
        objects: localObjects(objects),
        duckDb: async () => duckDb,
      };
      const near = await carriersOf(await parquetPopulation(parts)());
      const far = await carriersOf(
        await parquetPopulation({ ...parts, far: { engine, reads: areTabled, above: 0 } })(),
      );
      expect(near.length).toBeGreaterThan(4_000);
      expect(far).toEqual(near);
      expect(athena.requests.length).toBeGreaterThan(0);
    } finally {
      await athena.close();
      await trino.close();
      duckDb.close();
      await dynamo.close();
    }
  }, 600_000);
});
