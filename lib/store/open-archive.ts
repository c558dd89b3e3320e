import type { RenormaliseArchive } from '../ingest/ports.ts';
import type { Ports } from '../operations/ports.ts';
import type { SweepLimits, SweepReport, VerifyReport } from './maintenance.ts';
import type { ReferenceArchive } from './reference-archive.ts';
import type { StudyArchive } from './study-archive.ts';

/** Housekeeping of an archive, for the command line. */
type Admin = Pick<StudyArchive, 'study' | 'list' | 'remove' | 'register'> & {
  /** Re-reads every file of every READY study. */
  verify(): Promise<VerifyReport>;
  /** Removes what no READY study names. */
  sweep(limits: SweepLimits): Promise<SweepReport>;
};

/** An archive that is open for questions, ingest and housekeeping, wherever it lives. */
export interface OpenArchive extends AsyncDisposable {
  readonly ports: Ports;
  readonly archive: RenormaliseArchive;
  readonly admin: Admin;
  readonly reference: ReferenceArchive;
  close(): Promise<void>;
}
