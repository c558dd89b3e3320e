import type { ChangeType, SourceClass } from './allele.ts';
import type { Assembly, Chromosome } from './assembly.ts';

/** One VCF that was ingested into a study, or the genotypes of one file that were imported into it. */
export interface StudyInput {
  /** SHA-256 of the VCF and of what was said about it (BEDs, sample, class): equal inputs are a no-op. */
  readonly checksum: string;
  /** File name without folders, for people. */
  readonly name: string;
  readonly sourceClass?: SourceClass;
  /** As declared, else as found in the file; undefined when the file has no record and nothing was declared. */
  readonly changeTypes?: readonly ChangeType[];
  /** Whether a BED of studied regions was given; without one, uncalled positions are unknown. */
  readonly studiedRegions: boolean;
  readonly uncallableRegions: boolean;
  /** Whether the file states reference blocks (gVCF), so that what no block covers is known to be uncalled. */
  readonly referenceBlocks: boolean;
  /** What annotated the file, such as `VEP 105`: its molecular consequences are stored. Absent when nothing did. */
  readonly annotations?: readonly string[];
  /**
   * By reason, for `studies show`: records kept out of the rows, records whose REF is not the reference's
   * (`reference-mismatch`), and insertions and deletions that were not normalised (`not-normalised`).
   */
  readonly counts: Readonly<Record<string, number>>;
}

/** What a Parquet file of a study holds. */
export type StudyFileKind = 'variants' | 'structural' | 'regions' | 'genotypes' | 'consequences';

/** One immutable Parquet file of one version of a study. Positions are of the study's assembly, half-open. */
export interface StudyFile {
  readonly key: string;
  readonly kind: StudyFileKind;
  /** Absent for `structural` and `genotypes`, which hold all chromosomes of an input. */
  readonly chromosome?: Chromosome;
  /** Index into `Study.inputs`. */
  readonly input: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Smallest start0 and greatest end0 of any row, in its trimmed or its justified form; 0 for `genotypes`. */
  readonly minStart0: number;
  readonly maxEnd0: number;
  /** Greatest distance from a row's first to its last base in either form: one in a range starts at most this far away. */
  readonly maxReach: number;
  /** Greatest distance a justified interval reaches beyond the trimmed one; absent for files without such columns. */
  readonly maxSlide?: number;
  /** Least and greatest subject id of any row, by code units; absent when a row is of every subject of the input. */
  readonly subjects?: { readonly first: string; readonly last: string };
}

/** One sequencing test of one subject, or one jointly called cohort of many. One version, as committed. */
export interface Study {
  readonly id: string;
  readonly version: number;
  /** Absent for a test of which only genotypes (star alleles, HLA) were imported: it has no sequence. */
  readonly assembly?: Assembly;
  readonly testId: string;
  /** `YYYY-MM-DD`. */
  readonly testDate: string;
  readonly inputs: readonly StudyInput[];
  readonly subjects: number;
  /** Reference release the alleles were normalised with; undefined when they were not. */
  readonly referenceRelease?: string;
  /** ISO instant of the commit. */
  readonly committed: string;
}

/** A study that holds variants, and so has an assembly. */
export type SequencedStudy = Study & { readonly assembly: Assembly };

/** Whether a study holds variants. */
export function isSequenced(study: Study): study is SequencedStudy {
  return study.assembly !== undefined;
}

/** Whether an input's file states the consequences of every one of its variants. */
export function statesConsequences({ annotations, counts }: Pick<StudyInput, 'annotations' | 'counts'>): boolean {
  return annotations !== undefined && (counts['annotation-without-allele'] ?? 0) === 0;
}

/** One sample of one input of a study, and whom it belongs to. */
export interface StudySample {
  /** Index into `Study.inputs`. */
  readonly input: number;
  /** Column name in the VCF; for imported genotypes the subject's id. */
  readonly sample: string;
  readonly specimen?: string;
  readonly sex?: Sex;
}

export type Sex = 'male' | 'female';

/** The inputs that a subject has samples of in one study, those of one specimen together. An input of several is by itself. */
export function inputsBySpecimen(samples: readonly StudySample[]): readonly (readonly number[])[] {
  const specimens = [...Map.groupBy(samples, ({ input }) => input)].map(([input, own]) => {
    const named = new Set(own.map(({ specimen }) => specimen));
    return { input, specimen: named.size === 1 ? [...named][0] : undefined };
  });
  const groups = [...Map.groupBy(specimens, ({ specimen }) => specimen).values()];
  return groups.map((group) => group.map(({ input }) => input).sort((a, b) => a - b)).sort((a, b) => compare(a, b));
}

const compare = ([a = -1]: readonly number[], [b = -1]: readonly number[]): number => a - b;

/** A study as one subject sees it. */
export interface SubjectStudy {
  readonly study: Study;
  readonly samples: readonly StudySample[];
}
