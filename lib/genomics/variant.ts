import type { AllelicState, ChangeType } from './allele.ts';
import type { Chromosome } from './assembly.ts';
import type { Interbase } from './coordinates.ts';
import type { Interval } from './interval.ts';
import type { SequencedStudy, Study } from './study.ts';

/** What a genotype says of one allele, whatever kind of allele it is. */
export interface Call {
  /** As the file writes it, such as `0|1`; undefined when the file has no GT. */
  readonly genotype?: string;
  readonly allelicState?: AllelicState;
  /** Name of the phase set, unique per study, input, subject and chromosome; undefined when unphased. */
  readonly phaseSet?: string;
  /** Bit i is set when haplotype i of the genotype carries the allele; undefined when unphased. */
  readonly haplotypes?: number;
  /** Reads that show this allele. */
  readonly alleleDepth?: number;
  /** Reads at the position. */
  readonly depth?: number;
  /** 0 to 1. */
  readonly alleleFraction?: number;
}

/** Where a stored row comes from. */
export interface Provenance {
  readonly study: Study;
  /** Index into `study.inputs`. */
  readonly input: number;
  readonly subject: string;
}

/** One allele stated as sequence, carried by one subject. `start0`/`end0` is the trimmed interval. */
export interface StoredVariant extends Interval, Call, Provenance {
  readonly kind: 'simple';
  readonly study: SequencedStudy;
  readonly chromosome: Chromosome;
  /** VCF POS - 1 of the record as reported. */
  readonly reportedStart0: Interbase;
  /** REF and ALT as reported (anchored, one ALT of a multi-allelic row). */
  readonly ref: string;
  readonly alt: string;
  /** The record's ID column: dbSNP numbers and others, `;`-separated; undefined for `.`. */
  readonly ids?: string;
  /** Fully-justified interval of a pure insertion or deletion that was normalised; undefined for all others. */
  readonly normalised?: Interval;
}

/** What is needed of a row to know its allele, whoever carries it. */
export type StatedVariant = Pick<StoredVariant, 'chromosome' | 'reportedStart0' | 'ref' | 'alt' | 'normalised'>;

/** One structural variant carried by one subject. `start0`/`end0` is the stated interval, without its uncertainty. */
export interface StoredStructuralVariant extends Interval, Call, Provenance {
  readonly kind: 'structural';
  readonly study: SequencedStudy;
  readonly chromosome: Chromosome;
  readonly reportedStart0: Interbase;
  readonly changeType: ChangeType;
  /** Widest and narrowest bounds by CIPOS and CIEND; equal to the interval when the record is precise. */
  readonly outer: Interval;
  /** Undefined when the confidence intervals leave no base certain. */
  readonly inner?: Interval;
  /** Whether CIPOS or CIEND (or IMPRECISE) makes the ends uncertain. */
  readonly imprecise: boolean;
  readonly ref: string;
  readonly alt: string;
  readonly ids?: string;
  readonly copyNumber?: number;
  /** Bases; negative for deletions. */
  readonly svLength?: number;
  /** The other end of a breakend or translocation, when it lies elsewhere. */
  readonly mate?: { readonly contig: string; readonly start0: Interbase };
}
