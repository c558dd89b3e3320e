import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import type { ObjectReference, ObjectStore } from '../../lib/store/objects.ts';
import { s3Objects } from '../../lib/store/s3-objects.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';

let folder: string;
let s3: S3Server;
let client: S3Client;
let objects: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  s3 = await startS3Server('archive');
  client = new S3Client({
    endpoint: s3.endpoint,
    region: 'local',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  objects = s3Objects({ client, bucket: 'archive', cacheFolder: join(folder, 'cache'), cacheBytes: 250 });
});
afterEach(async () => {
  client.destroy();
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

async function stored(key: string, bytes = 100): Promise<ObjectReference> {
  const body = Buffer.alloc(bytes, key);
  await writeFile(join(folder, 'new'), body);
  await objects.publish(join(folder, 'new'), key);
  return { key, bytes, sha256: createHash('sha256').update(body).digest('hex') };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const gets = (): string[] => s3.requests.filter((request) => request.startsWith('GET'));

describe('objects of a bucket', () => {
  it('are published, looked up, listed over several pages and removed', async () => {
    for (const key of ['studies/a/1', 'studies/a/2', 'studies/b/1', 'studies/b/2', 'studies/b/3']) await stored(key);
    expect(existsSync(join(folder, 'new'))).toBe(false);
    expect((await objects.head('studies/a/1'))?.bytes).toBe(100);
    expect(await objects.head('studies/a/3')).toBeUndefined();
    const listed = await all(objects.list('studies/b/'));
    expect(listed.map(({ key, bytes }) => `${key} ${bytes}`)).toEqual([
      'studies/b/1 100',
      'studies/b/2 100',
      'studies/b/3 100',
    ]);
    await objects.remove('studies/a/1');
    expect(await objects.head('studies/a/1')).toBeUndefined();
  });

  it('have versions, each of which can be read, and removed for good', async () => {
    await stored('a/1', 10);
    await stored('a/1', 20);
    await stored('a/2', 30);
    await objects.remove('a/2');
    await stored('b/1');
    const versions = await all(objects.versions('a/'));
    expect(versions.map(({ key, bytes, current }) => `${key} ${bytes ?? 'marker'} ${current}`).toSorted()).toEqual([
      'a/1 10 false',
      'a/1 20 true',
      'a/2 30 false',
      'a/2 marker true',
    ]);
    const [older] = versions.filter(({ bytes }) => bytes === 10);
    expect(Buffer.concat(await all(objects.read(older!)))).toEqual(Buffer.alloc(10, 'a/1'));
    await objects.purge(older!);
    await objects.purge(older!);
    await expect(all(objects.read(older!))).rejects.toThrow(UnavailableError);
    expect((await objects.head('a/1'))?.bytes).toBe(20);
    const [marker] = versions.filter(({ bytes }) => bytes === undefined);
    await objects.purge(marker!);
    expect((await objects.head('a/2'))?.bytes).toBe(30);
    for (const version of await all(objects.versions('a/'))) await objects.purge(version);
    expect(await all(objects.versions(''))).toHaveLength(1);
  });

  it('are fetched once for all who ask, in the order asked', async () => {
    const [a, b] = [await stored('a'), await stored('b')];
    const copies = await Promise.all([
      objects.materialise([a, b]),
      objects.materialise([b, a]),
      objects.materialise([a]),
    ]);
    expect(gets().toSorted()).toEqual(['GET a', 'GET b']);
    expect(copies[0]?.paths).toEqual(copies[1]?.paths.toReversed());
    expect(await readFile(copies[0]?.paths[0] as string, 'utf8')).toBe('a'.repeat(100));
  });

  it('make room by leaving what was used longest ago, never what is in use', async () => {
    const references: ObjectReference[] = [];
    for (const key of ['a', 'b', 'c', 'd']) references.push(await stored(key));
    const [a, b, c, d] = references as [ObjectReference, ObjectReference, ObjectReference, ObjectReference];
    const held = await objects.materialise([a]);
    (await objects.materialise([b])).release();
    (await objects.materialise([c])).release();
    (await objects.materialise([d])).release();
    expect(existsSync(held.paths[0] as string)).toBe(true);
    (await objects.materialise([d])).release();
    expect(gets()).toEqual(['GET a', 'GET b', 'GET c', 'GET d']);
    (await objects.materialise([b])).release();
    expect(gets()).toHaveLength(5);
    held.release();
    const copies = await objects.materialise([a, b, c, d]);
    expect(await Promise.all(copies.paths.map((path) => readFile(path, 'utf8')))).toEqual(
      ['a', 'b', 'c', 'd'].map((key) => key.repeat(100)),
    );
  });

  it.each(['error 500', 'cut short', 'wrong bytes'] as const)('are asked for again after %s', async (fault) => {
    const a = await stored('a');
    s3.faults.push(fault);
    const { paths } = await objects.materialise([a]);
    expect(await readFile(paths[0] as string, 'utf8')).toBe('a'.repeat(100));
    expect(gets()).toHaveLength(2);
  });

  it.each(['error 500', 'error 403', 'cut short', 'wrong bytes'] as const)(
    'are an error when %s goes on, and can be had later',
    async (fault) => {
      const a = await stored('a');
      s3.faults.push(fault, fault, fault);
      await expect(objects.materialise([a])).rejects.toThrow(UnavailableError);
      expect(await readdir(join(folder, 'cache'), { recursive: true })).toHaveLength(1);
      expect((await objects.materialise([a])).paths).toHaveLength(1);
    },
  );

  it('are an error when missing, of another size or of another content', async () => {
    const a = await stored('a');
    await expect(objects.materialise([{ ...a, key: 'b' }])).rejects.toThrow(UnavailableError);
    await expect(objects.materialise([{ ...a, bytes: 99 }])).rejects.toThrow(UnavailableError);
    await expect(objects.materialise([{ ...a, sha256: 'f'.repeat(64) }])).rejects.toThrow(UnavailableError);
    await expect(objects.materialise([{ ...a, key: '../a' }])).rejects.toThrow(UnavailableError);
  });

  it('are an error when the bucket cannot be reached', async () => {
    const a = await stored('a');
    await s3.close();
    await expect(objects.materialise([a])).rejects.toThrow(UnavailableError);
    await expect(objects.head('a')).rejects.toThrow(UnavailableError);
    await expect(all(objects.list(''))).rejects.toThrow(UnavailableError);
    s3 = await startS3Server('archive');
  });

  it('leave no copies of runs that have ended', async () => {
    const leftover = join(folder, 'cache', '999999999-dead');
    await mkdir(leftover, { recursive: true });
    await objects.materialise([await stored('a')]);
    expect(existsSync(leftover)).toBe(false);
  });
});
