import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { UnavailableError } from '../genomics/errors.ts';
import { diskCache } from './disk-cache.ts';
import { checkKey, type ObjectInfo, type ObjectReference, type ObjectStore, unreadable, unstored } from './objects.ts';
import { ownFolder } from './own-folder.ts';

export interface S3Options {
  readonly client: S3Client;
  readonly bucket: string;
  /** Folder of the copies that DuckDB reads; made when absent. */
  readonly cacheFolder: string;
  /** Greatest sum of the copies' sizes; 80 % of the free disk when absent. */
  readonly cacheBytes?: number;
}

/** Share of the free disk that the copies may take: DuckDB may have to spill beside them. */
const CACHE_SHARE = 0.8;
/** Attempts at a whole object, beside the SDK's own retries of its request: the body may break off after it. */
const ATTEMPTS = 3;
const RETRY_MS = 50;
/** Files up to this size are sent from memory. */
const BUFFERED_BYTES = 64 * 1_048_576;

/** Objects of a bucket, copied whole to the local disk before they are read: one request each. */
export function s3Objects({ client, bucket, cacheFolder, cacheBytes }: S3Options): ObjectStore {
  const cache = diskCache({
    limit: async () => cacheBytes ?? (await freeBytes(cacheFolder)) * CACHE_SHARE,
    fetch: fetchWithRetries,
  });
  let folder: Promise<string> | undefined;

  return {
    async publish(path, key) {
      try {
        const { size } = await stat(path);
        // The SDK can send a buffer again after a failure, but no stream.
        const body = size <= BUFFERED_BYTES ? await readFile(path) : createReadStream(path);
        const put = new PutObjectCommand({ Bucket: bucket, Key: checkKey(key), Body: body, ContentLength: size });
        await client.send(put);
        await rm(path);
      } catch (cause) {
        throw unstored(key, cause);
      }
    },

    materialise: (objects) => cache.borrow(objects),

    head: (key) =>
      asking(key, async () => {
        try {
          const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
          return { key, bytes: head.ContentLength ?? 0, modified: head.LastModified ?? new Date() };
        } catch (error) {
          if (error instanceof NotFound) return undefined;
          throw error;
        }
      }),

    async *list(prefix) {
      let token: string | undefined;
      do {
        const from = token;
        const page = await asking(prefix, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              ...(from === undefined ? {} : { ContinuationToken: from }),
            }),
          ),
        );
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          if (Key !== undefined) {
            yield { key: Key, bytes: Size ?? 0, modified: LastModified ?? new Date() } satisfies ObjectInfo;
          }
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },

    async remove(key) {
      await asking(key, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })));
    },
  };

  async function fetchWithRetries(object: ObjectReference): Promise<string> {
    try {
      folder ??= ownFolder(cacheFolder);
      const path = join(await folder, `${object.sha256}-${randomBytes(6).toString('hex')}.parquet`);
      for (let attempt = 1; ; attempt++) {
        const failure = await fetchObject(object, path).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined) return path;
        const gone = failure instanceof Error && (failure.name === 'NoSuchKey' || failure.name === 'NotFound');
        if (gone || attempt === ATTEMPTS) throw failure;
        await sleep(RETRY_MS * 2 ** attempt);
      }
    } catch (cause) {
      throw unreadable(object.key, 'could not be fetched', cause);
    }
  }

  /** A path is given out only when its length and its SHA-256 are as the metadata promises. */
  async function fetchObject({ key, bytes, sha256 }: ObjectReference, path: string): Promise<void> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: checkKey(key) }));
      if (!(Body instanceof Readable)) throw new Error('the answer has no body');
      const hash = createHash('sha256');
      let length = 0;
      const check = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          length += chunk.length;
          hash.update(chunk);
          done(null, chunk);
        },
      });
      await pipeline(Body, check, createWriteStream(path));
      if (length !== bytes) throw new Error(`has ${length} bytes, not ${bytes}`);
      if (hash.digest('hex') !== sha256) throw new Error('has another checksum');
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }
}

async function asking<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UnavailableError) throw cause;
    throw unreadable(key, 'the bucket refused', cause);
  }
}

async function freeBytes(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
