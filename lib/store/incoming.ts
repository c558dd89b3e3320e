import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { NotFoundError } from '../genomics/errors.ts';
import type { Announcement, Incoming, Marks } from '../pipeline/ports.ts';
import { unreadable } from './objects.ts';
import type { Table } from './table.ts';

/** What laboratories have uploaded to a bucket. */
export function s3Incoming(client: S3Client, bucket: string): Incoming {
  const isListed = async (key: string): Promise<boolean> => {
    try {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }));
      return page.Contents?.[0]?.Key === key;
    } catch (cause) {
      throw unreadable(key, 'could not be looked up', cause);
    }
  };
  return {
    async look({ key, versionId }) {
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
        return {
          key,
          ...(found.VersionId === undefined ? {} : { versionId: found.VersionId }),
          bytes: found.ContentLength ?? 0,
          modified: found.LastModified?.getTime() ?? 0,
        };
      } catch (cause) {
        if (cause instanceof NotFound) return undefined;
        // To a role that may list some prefixes only, S3 may call a file that is not there forbidden; the list tells.
        if (isForbidden(cause) && !(await isListed(key))) return undefined;
        throw unreadable(key, 'could not be looked up', cause);
      }
    },

    async download({ key, versionId }, path) {
      try {
        const { Body, ContentLength } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
        );
        if (!(Body instanceof Readable)) throw new Error('the answer has no body');
        const file = createWriteStream(path);
        await pipeline(Body, file);
        if (file.bytesWritten !== ContentLength)
          throw new Error(`gave ${file.bytesWritten} bytes, not ${ContentLength}`);
      } catch (cause) {
        await rm(path, { force: true });
        if (cause instanceof NoSuchKey) throw new NotFoundError(`${key} is not in the bucket any more`);
        throw unreadable(key, 'could not be fetched', cause);
      }
    },
  };
}

const isForbidden = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;

const INGEST = 'INGEST';

/** What the pipeline remembers, in the single table. */
export function tableMarks(table: Table): Marks {
  const studyKey = (study: string) => ({ pk: INGEST, sk: `STUDY#${study}` });
  const sourceKey = (source: string) => ({ pk: INGEST, sk: `DONE#${source}` });
  return {
    async latest(study) {
      const item = await table.get(studyKey(study));
      if (item === undefined) return undefined;
      return {
        version: Number(item['version']),
        source: String(item['source']),
        modified: Number(item['modified']),
      } satisfies Announcement;
    },

    announce: (study, before, { source, modified }) =>
      table.putIf(
        { ...studyKey(study), version: (before?.version ?? 0) + 1, source, modified },
        { version: before?.version },
      ),

    isDone: async (source) => (await table.get(sourceKey(source))) !== undefined,

    finish: (source) => table.putAll([{ ...sourceKey(source), written: Date.now() }]),
  };
}
