import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { arrayBuffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { UnavailableError } from '../genomics/errors.ts';
import { diskCache } from './disk-cache.ts';
import {
  checkKey,
  type ObjectInfo,
  type ObjectReference,
  type ObjectStore,
  type ObjectVersion,
  unreadable,
  unstored,
} from './objects.ts';
import { ownFolder } from './own-folder.ts';
import { sha256Of } from './sha256.ts';

export interface S3Options {
  readonly client: S3Client;
  readonly bucket: string;
  /** Folder of the copies that DuckDB reads; made when absent. */
  readonly cacheFolder: string;
  /** Greatest sum of the copies' sizes; 80 % of the free disk when absent. */
  readonly cacheBytes?: number;
  /**
   * Objects of more bytes than this are not copied: DuckDB reads the parts it needs of `s3://bucket/key` by itself.
   * Absent where DuckDB has no httpfs.
   */
  readonly rangedAbove?: number;
}

/** Share of the free disk that the copies may take: DuckDB may have to spill beside them. */
const CACHE_SHARE = 0.8;
/** Attempts at a whole object, beside the SDK's own retries of its request: the body may break off after it. */
const ATTEMPTS = 3;
const RETRY_MS = 50;
/** Asking again gives no other answer. */
const FINAL: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound', 'PreconditionFailed', 'InvalidRange']);
/** Files up to this size are sent from memory. */
const BUFFERED_BYTES = 64 * 1_048_576;

/**
 * Objects of a bucket, copied whole to the local disk before they are read: one request each. Large ones are left where
 * they are when DuckDB can read them there, after a look whether they are what the metadata promises.
 */
export function s3Objects({ client, bucket, cacheFolder, cacheBytes, rangedAbove }: S3Options): ObjectStore {
  const cache = diskCache({
    limit: async () => cacheBytes ?? (await freeBytes(cacheFolder)) * CACHE_SHARE,
    fetch: fetchWithRetries,
  });
  let folder: Promise<string> | undefined;
  /** ETag of each object that is read in pieces: all pieces must be of one object. */
  const etags = new Map<string, string>();
  /** Addresses of objects that have been looked at. */
  const inPlace = new Map<string, string>();
  const isRanged = ({ bytes }: ObjectReference): boolean => rangedAbove !== undefined && bytes > rangedAbove;

  return {
    async publish(path, key) {
      try {
        const { size } = await stat(path);
        // The SDK can send a buffer again after a failure, but no stream.
        const body = size <= BUFFERED_BYTES ? await readFile(path) : createReadStream(path);
        const put = new PutObjectCommand({
          Bucket: bucket,
          Key: checkKey(key),
          Body: body,
          ContentLength: size,
          // S3 checks what arrives, and keeps it for those who read parts of the object.
          ChecksumSHA256: Buffer.from(await sha256Of(path), 'hex').toString('base64'),
        });
        await client.send(put);
        await rm(path);
      } catch (cause) {
        throw unstored(key, cause);
      }
    },

    async materialise(objects) {
      const addresses = new Map<string, string>();
      for (const object of objects.filter(isRanged)) {
        const found = await address(object);
        if (found !== undefined) addresses.set(object.key, found);
      }
      const copies = await cache.borrow(objects.filter(({ key }) => !addresses.has(key)));
      const left = [...copies.paths];
      const paths = objects.map(({ key }) => addresses.get(key) ?? String(left.shift()));
      return { paths, release: copies.release };
    },

    async range(object, start, length) {
      if (length === 0) return new Uint8Array(0);
      return retrying(object.key, () => fetchRange(object, start, length));
    },

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

    keepsVersions: true,

    async *versions(prefix) {
      let from: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } = {};
      for (let more = true; more; ) {
        const after = from;
        const page = await asking(prefix, () =>
          client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...after })),
        );
        for (const found of page.Versions ?? []) yield { ...versionOf(found), bytes: found.Size ?? 0 };
        for (const marker of page.DeleteMarkers ?? []) yield versionOf(marker);
        more = page.IsTruncated === true;
        from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
    },

    async *read({ key, version }) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
        if (!(Body instanceof Readable)) throw new Error('the answer has no body');
        for await (const piece of Body) yield piece as Buffer;
      } catch (cause) {
        throw unreadable(key, 'could not be fetched', cause);
      }
    },

    async purge({ key, version }) {
      await asking(key, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: version })));
    },
  };

  /**
   * Where DuckDB reads an object of the stated size and SHA-256; undefined when S3 does not say its SHA-256. Keys are
   * immutable, so that one look is enough.
   */
  async function address({ key, bytes, sha256 }: ObjectReference): Promise<string | undefined> {
    const known = inPlace.get(key);
    if (known !== undefined) return known;
    const path = await retrying(key, async () => {
      const { ContentLength, ChecksumSHA256 } = await client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: checkKey(key), ChecksumMode: 'ENABLED' }),
      );
      if (ContentLength !== bytes) throw new Error(`has ${ContentLength} bytes, not ${bytes}`);
      if (ChecksumSHA256 === undefined) return undefined;
      if (ChecksumSHA256 !== Buffer.from(sha256, 'hex').toString('base64')) throw new Error('has another checksum');
      return `s3://${bucket}/${key}`;
    });
    if (path !== undefined) inPlace.set(key, path);
    return path;
  }

  async function fetchWithRetries(object: ObjectReference): Promise<string> {
    return retrying(object.key, async () => {
      folder ??= ownFolder(cacheFolder);
      const path = join(await folder, `${object.sha256}-${randomBytes(6).toString('hex')}.parquet`);
      await fetchObject(object, path);
      return path;
    });
  }

  async function fetchRange({ key, bytes }: ObjectReference, start: number, length: number) {
    const known = etags.get(key);
    const { Body, ContentRange, ETag } = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: checkKey(key),
        Range: `bytes=${start}-${start + length - 1}`,
        ...(known === undefined ? {} : { IfMatch: known }),
      }),
    );
    if (!(Body instanceof Readable)) throw new Error('the answer has no body');
    const expected = `bytes ${start}-${start + length - 1}/${bytes}`;
    if (ContentRange !== expected || ETag === undefined || (known !== undefined && ETag !== known)) {
      Body.destroy();
      throw new Error(`gave '${ContentRange}' of ${ETag}, not '${expected}' of ${known ?? 'any'}`);
    }
    const into = new Uint8Array(await arrayBuffer(Body));
    if (into.length !== length) throw new Error(`gave ${into.length} bytes, not ${length}`);
    etags.set(key, ETag);
    return into;
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

function versionOf({ Key, VersionId, LastModified, IsLatest }: DeleteMarkerEntry): ObjectVersion {
  if (Key === undefined || VersionId === undefined) throw new Error('the bucket lists a version without its name');
  return { key: Key, version: VersionId, modified: LastModified ?? new Date(), current: IsLatest === true };
}

async function retrying<T>(key: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (cause) {
      const final = cause instanceof Error && FINAL.has(cause.name);
      if (final || attempt === ATTEMPTS) throw unreadable(key, 'could not be fetched', cause);
      await sleep(RETRY_MS * 2 ** attempt);
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
