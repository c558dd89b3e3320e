import type { GenotypeArchive } from '../ingest/genotypes.ts';
import type { RenormaliseArchive } from '../ingest/ports.ts';
import type { JobStore } from '../operations/jobs.ts';
import type { Ports } from '../operations/ports.ts';
import type { CompactOptions, CompactReport } from './cohort/compact.ts';
import type { ErasureReport } from './erase.ts';
import type { KnowledgeArchive } from './knowledge-archive.ts';
import type { SweepLimits, SweepReport, VerifyReport } from './maintenance.ts';
import type { ReferenceArchive } from './reference-archive.ts';
import type { StudyArchive } from './study-archive.ts';

/** Housekeeping of an archive, for the command line. */
type Admin = Pick<StudyArchive, 'study' | 'list' | 'remove' | 'register'> & {
  /** Re-reads every file of every READY study. */
  verify(): Promise<VerifyReport>;
  /** Removes what no READY study names. */
  sweep(limits: SweepLimits): Promise<SweepReport>;
  /** Brings the compacted copy, which population operations read, up to date. */
  compact(options?: CompactOptions): Promise<CompactReport>;
  erase(subject: string): Promise<ErasureReport>;
  /** Subjects that were ever erased and not readmitted. */
  erased(): Promise<readonly string[]>;
  /** Those of them whom a restored table does not hide. */
  unreplayed(): Promise<readonly string[]>;
  /** Erases again whoever was ever erased and not readmitted; a restored table may not know of them. */
  replay(): Promise<readonly ErasureReport[]>;
};

/** An archive that is open for questions, ingest and housekeeping, wherever it lives. */
export interface OpenArchive extends AsyncDisposable {
  readonly ports: Ports;
  readonly archive: RenormaliseArchive;
  readonly admin: Admin;
  readonly reference: ReferenceArchive;
  readonly jobs: JobStore;
  readonly knowledge: KnowledgeArchive;
  readonly genotypes: GenotypeArchive;
  close(): Promise<void>;
}
