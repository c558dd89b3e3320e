import type { Sequences } from '../genomics/ports.ts';
import type { Archive } from '../ingest/ports.ts';

/** One version of a file that a laboratory has uploaded. */
export interface UploadedFile {
  readonly key: string;
  /** Absent in buckets without versions. */
  readonly versionId?: string;
}

/** What the store says of an uploaded file. */
export interface Upload extends UploadedFile {
  readonly bytes: number;
  /** Epoch milliseconds of the upload. */
  readonly modified: number;
}

/** The files under `incoming/`. Every method may throw UnavailableError. */
export interface Incoming {
  /** The newest version, or the one named; undefined when there is none. */
  look(file: UploadedFile): Promise<Upload | undefined>;
  /** Copies a version to a local path, whole or not at all. @throws NotFoundError */
  download(file: UploadedFile, path: string): Promise<void>;
}

/** A version of an upload as an erasure sees it. */
export interface UploadVersion {
  readonly key: string;
  /** Absent of a marker, which says that the file was removed. */
  readonly bytes?: number;
}

/** Every version there is of the files under `incoming/`, for an erasure. Every method may throw UnavailableError. */
export interface Uploads<V extends UploadVersion> {
  versions(prefix: string): AsyncIterable<V>;
  read(version: V): AsyncIterable<Uint8Array>;
}

/** A manifest that replaces a study's files. */
export interface Replacement {
  /** Manifest with its version, and the study's place in it. */
  readonly source: string;
  /** Epoch milliseconds of the manifest's upload. */
  readonly modified: number;
}

/** The latest replacement of a study that was announced. */
export interface Announcement extends Replacement {
  /** Changes with every announcement. */
  readonly version: number;
}

/** What the pipeline remembers of events. Every method may throw UnavailableError. */
export interface Marks {
  latest(study: string): Promise<Announcement | undefined>;
  /** False when somebody else has announced something meanwhile. */
  announce(study: string, before: Announcement | undefined, next: Replacement): Promise<boolean>;
  isDone(source: string): Promise<boolean>;
  /** The same event delivered again changes nothing from now on, whatever is deleted later. */
  finish(source: string): Promise<void>;
}

/** What the ingest pipeline works with. */
export interface Pipeline {
  readonly incoming: Incoming;
  readonly marks: Marks;
  readonly archive: Archive;
  /** Reference bases as far as they are loaded. */
  sequences(): Promise<Sequences>;
}
