import type { Study, StudyFile, StudySample } from '../genomics/study.ts';

/** One version of a study with everything its HEAD makes visible. */
export interface CommittedStudy {
  readonly study: Study;
  readonly files: readonly StudyFile[];
  /** Samples of each subject, by subject id. */
  readonly subjects: ReadonlyMap<string, readonly StudySample[]>;
}

/** What ingest asks of the archive. */
export interface Archive {
  /** The READY version of a study, strongly consistent; undefined when there is none. */
  study(id: string): Promise<CommittedStudy | undefined>;
  /**
   * The version that the next commit of a study must have: one more than the last one, be it READY or deleted. Ask for
   * it before `study`: a commit by someone else in between is then a conflict, and not lost.
   */
  nextVersion(id: string): Promise<number>;
  /**
   * Lets subjects in. One who was erased is refused, unless they are to be readmitted: then nothing is left of before.
   *
   * @throws ConflictError naming the subject
   */
  admit(subjects: readonly string[], readmit: boolean): Promise<void>;
  /** A new, empty folder on the local disk for files being written; the caller removes it. */
  stage(): Promise<string>;
  /** Moves a finished local file under its immutable key (`studies/<study>/v=<version>-<token>/...`). */
  publish(path: string, key: string): Promise<void>;
  /**
   * Makes a version visible by one conditional write, after its items are stored and its files are checked.
   *
   * @throws ConflictError when `next.study.version` is not what `nextVersion` gives.
   */
  commit(next: CommittedStudy): Promise<void>;
}

/** Files of the archive on the local disk, in the order they were asked for. They stay until `release` is called. */
export interface BorrowedFiles {
  readonly paths: readonly string[];
  readonly release: () => void;
}

/** What renormalising asks of the archive: it reads files, too. */
export interface RenormaliseArchive extends Archive {
  /** @throws UnavailableError when a file is missing or is not of the stated size. */
  materialise(files: readonly Pick<StudyFile, 'key' | 'bytes' | 'sha256'>[]): Promise<BorrowedFiles>;
}
