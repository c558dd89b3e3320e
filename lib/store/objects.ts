import { createHash } from 'node:crypto';
import { UnavailableError } from '../genomics/errors.ts';

/** An immutable object as the metadata describes it. */
export interface ObjectReference {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An object as the store lists it. */
export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** When it was stored. */
  readonly modified: Date;
}

/** One stored version of an object. A bucket keeps what was replaced or removed for a while; a folder keeps one of each. */
export interface ObjectVersion {
  readonly key: string;
  /** Absent where no other version can be. */
  readonly version?: string;
  /** Absent of a marker, which says that the object was removed. */
  readonly bytes?: number;
  readonly modified: Date;
  /** Whether the key stands for it now. */
  readonly current: boolean;
}

/** Files on the local disk, in the order they were asked for. They stay until `release` is called. */
export interface LocalCopies {
  readonly paths: readonly string[];
  readonly release: () => void;
}

/** Immutable objects under keys: a folder, or a bucket with a bounded cache on the local disk. */
export interface ObjectStore {
  /** Moves a finished local file under its key. @throws UnavailableError */
  publish(path: string, key: string): Promise<void>;
  /**
   * Local paths of objects.
   *
   * @throws UnavailableError when an object is missing or is not of the stated size.
   */
  materialise(objects: readonly ObjectReference[]): Promise<LocalCopies>;
  /**
   * Exactly `length` bytes of an object from `start`.
   *
   * @throws UnavailableError when the object is missing, is not of the stated size or has changed since an earlier read.
   */
  range(object: ObjectReference, start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Undefined when there is no such object. @throws UnavailableError */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Every object whose key starts with `prefix`. @throws UnavailableError */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removing what is not there is no error. Where versions are kept it can be had back. @throws UnavailableError */
  remove(key: string): Promise<void>;
  /** Whether what is removed can be had back for a while. */
  readonly keepsVersions: boolean;
  /** Every version of every object whose key starts with `prefix`, markers included. @throws UnavailableError */
  versions(prefix: string): AsyncIterable<ObjectVersion>;
  /** The bytes of a version that is no marker. @throws UnavailableError */
  read(version: ObjectVersion): AsyncIterable<Uint8Array>;
  /** Removes a version for good. What is not there is no error. @throws UnavailableError */
  purge(version: ObjectVersion): Promise<void>;
}

/**
 * Refuses keys that could leave the store's folder.
 *
 * @throws UnavailableError because a key comes from metadata, never from a caller.
 */
export function checkKey(key: string): string {
  const sound =
    key !== '' && !/[\\\0]/.test(key) && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!sound) throw new UnavailableError('the archive names a file by an unusable key');
  return key;
}

/** The error for an object that is gone, cut short or unreadable. The key goes to the cause, not to the caller. */
export function unreadable(key: string, why: string, cause?: unknown): UnavailableError {
  return new UnavailableError('a file of the archive could not be read', undefined, {
    cause: new Error(`${key}: ${why}`, { cause }),
  });
}

/** The error for an object that could not be stored. */
export function unstored(key: string, cause: unknown): UnavailableError {
  return new UnavailableError('a file could not be stored in the archive', undefined, {
    cause: new Error(key, { cause }),
  });
}

/** A small object, whole. @throws UnavailableError when its checksum is another */
export async function checkedBytes(objects: ObjectStore, object: ObjectReference): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await objects.range(object, 0, object.bytes);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== object.sha256) throw unreadable(object.key, 'has another checksum');
  return bytes;
}

/** Whether all objects are there and of the stated sizes. @throws UnavailableError */
export async function headsAgree(objects: ObjectStore, wanted: readonly ObjectReference[]): Promise<boolean> {
  for (const { key, bytes } of wanted) if ((await objects.head(key))?.bytes !== bytes) return false;
  return true;
}
