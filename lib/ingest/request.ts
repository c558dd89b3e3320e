import type { ChangeType, SourceClass } from '../genomics/allele.ts';
import type { Assembly } from '../genomics/assembly.ts';
import type { Sex } from '../genomics/study.ts';

/** Whom a sample column of a cohort belongs to. */
export interface SampleOwner {
  readonly subject: string;
  readonly specimen?: string;
  readonly sex?: Sex;
}

/** One VCF to ingest and what is said about it. Paths are absolute or relative to the working folder. */
export interface IngestInput {
  readonly file: string;
  /** The subject of the one sample taken; absent with `allSamples`. */
  readonly subject?: string;
  /** Every sample of the file becomes a subject. */
  readonly allSamples?: boolean;
  /** With `allSamples`: owners by sample name. Without it each sample's name is its subject id. */
  readonly sampleMap?: ReadonlyMap<string, SampleOwner>;
  /** Column to take; may be absent when the file has one sample (or none). */
  readonly sample?: string;
  readonly sourceClass?: SourceClass;
  readonly sex?: Sex;
  readonly specimen?: string;
  /** BED of the regions the test looked at. */
  readonly studied?: string;
  /** BED of regions in which it could not call. */
  readonly uncallable?: string;
  readonly changeTypes?: readonly ChangeType[];
}

/** Files that become one study, or are added to one. */
export interface IngestRequest {
  /** Study id, `[A-Za-z0-9._-]`; derived from subject (if one), test id and assembly when absent. */
  readonly study?: string;
  readonly assembly: Assembly;
  readonly testId: string;
  /** `YYYY-MM-DD`. */
  readonly testDate: string;
  readonly mode: 'create' | 'add' | 'replace';
  readonly inputs: readonly IngestInput[];
  /** Erased subjects may be loaded again. */
  readonly readmit?: boolean;
  /** Smallest GQ of a reference block that counts as callable; 20 when absent. */
  readonly blockQuality?: number;
}

/** How far one file has been read. */
export interface Progress {
  readonly file: string;
  /** Of the file as stored, compressed or not. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly records: number;
  readonly rows: number;
}

/** What became of one file. */
export interface InputReport {
  readonly name: string;
  readonly records: number;
  readonly variantRows: number;
  readonly structuralRows: number;
  /** Records kept out of the rows, by reason. */
  readonly counts: Readonly<Record<string, number>>;
  /** Records by contig outside the primary assembly. */
  readonly outside: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export interface IngestReport {
  readonly study: string;
  readonly version: number;
  /** `unchanged`: the study already holds exactly these inputs, and nothing was written. */
  readonly status: 'committed' | 'unchanged';
  readonly subjects: number;
  readonly inputs: readonly InputReport[];
}
