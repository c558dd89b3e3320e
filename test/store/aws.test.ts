import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { InvalidInputError, UnavailableError } from '../../lib/genomics/errors.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { awsPorts, duckDbLimits } from '../../lib/store/aws.ts';
import { collect, storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';

let local: TemporaryArchive;
let s3: S3Server;

beforeAll(async () => {
  local = await temporaryArchive();
  s3 = await startS3Server('archive');
  const { files } = await storeStudy(local, { id: 'cloud', variants: { 1: [variantRow(100, 'A', 'G')] } });
  for (const { key } of files) s3.objects.set(key, await readFile(join(local.folder, 'objects', key)));
  const { port, key } = JSON.parse(await readFile(join(local.folder, 'dynamodb.json'), 'utf8'));
  // The SDK reads these from the process, as in Lambda.
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.endpoint);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', key);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', key);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.close();
  await local.remove();
});

async function idsOf({ studies, variants }: Ports): Promise<string[]> {
  const view = await studies.subject('S1');
  const asked = [{ index: 0, chromosome: '1' as const, start0: interbase(0), end0: interbase(1_000) }];
  return (await collect(variants.simple(view!, asked))).map(({ row }) => `${row.study.id} ${row.start0}`);
}

describe('the ports of a function', () => {
  it('answer from a table and a bucket', async () => {
    const ports = await awsPorts({ ...process.env, GENOMICS_TABLE: 'genomics', GENOMICS_BUCKET: 'archive' });
    expect(await idsOf(ports)).toEqual(['cloud 100']);
    expect(await idsOf(ports)).toEqual(['cloud 100']);
    expect(s3.requests.filter((request) => request.startsWith('GET'))).toHaveLength(1);
  });

  it('answer from a table and a local folder', async () => {
    const ports = await awsPorts({ ...process.env, GENOMICS_TABLE: 'genomics', GENOMICS_DATA: local.folder });
    expect(await idsOf(ports)).toEqual(['cloud 100']);
  });

  it('count from a table and a bucket, compacted or not', async () => {
    const ports = await awsPorts({ ...process.env, GENOMICS_TABLE: 'genomics', GENOMICS_BUCKET: 'archive' });
    const questions = [{ index: 0, chromosome: '1' as const, start0: interbase(0), end0: interbase(1_000) }];
    const carriers = async () => {
      const population = await ports.population();
      const found = await collect(population.alleles({ assembly: 'GRCh38', questions, sourceClass: undefined }));
      return found.map(({ subjects }) => subjects.map((one) => population.subjects[one]));
    };
    expect(await carriers()).toEqual([['S1']]);
    await local.admin.compact();
    const folder = join(local.folder, 'objects');
    for (const key of await readdir(folder, { recursive: true })) {
      if (/^cohort\/.*\.(json|parquet)$/.test(key)) s3.objects.set(key, await readFile(join(folder, key)));
    }
    s3.requests.length = 0;
    expect(await carriers()).toEqual([['S1']]);
    expect(await carriers()).toEqual([['S1']]);
    // The manifest and the one file that holds the place, each once.
    expect(s3.requests.filter((request) => request.startsWith('GET'))).toHaveLength(2);
  });

  it('fail, and do not answer, when the object is gone from the bucket', async () => {
    const ports = await awsPorts({ ...process.env, GENOMICS_TABLE: 'genomics', GENOMICS_BUCKET: 'archive' });
    s3.objects.clear();
    await expect(idsOf(ports)).rejects.toThrow(UnavailableError);
  });

  it.each([
    [{}, 'GENOMICS_TABLE is not set'],
    [{ GENOMICS_TABLE: 't' }, 'GENOMICS_BUCKET is not set'],
    [{ GENOMICS_TABLE: 't', GENOMICS_BUCKET: 'b', GENOMICS_DATA: 'd' }, 'not both'],
    [{ GENOMICS_TABLE: 't', GENOMICS_BUCKET: 'b', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: 'lots' }, "is 'lots'"],
  ])('say what is wrong with %j', async (env, message) => {
    const failure = awsPorts(env);
    await expect(failure).rejects.toThrow(InvalidInputError);
    await expect(failure).rejects.toThrow(message);
  });

  it.each([
    ['128', 76, 1],
    ['1769', 1_061, 1],
    ['3538', 2_122, 2],
    ['10240', 6_144, 5],
  ])('give DuckDB of %s MB %i MB and %i threads', (size, megabytes, threads) => {
    const limits = duckDbLimits({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: size });
    expect(limits).toEqual({ memoryBytes: megabytes * 1_048_576, threads });
  });

  it('bundle without the local database', async () => {
    const { metafile } = await build({
      entryPoints: ['lib/store/aws.ts'],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      external: ['@aws-sdk/*', '@duckdb/*'],
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain('lib/store/variant-store.ts');
    expect(inputs.filter((input) => /dynalite|level|local-dynamodb/.test(input))).toEqual([]);
  });
});
