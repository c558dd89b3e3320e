import type { Allele } from '../genomics/allele.ts';
import type { Chromosome } from '../genomics/assembly.ts';
import type { Interval } from '../genomics/interval.ts';
import type { Chains, Sequences, Transcripts } from '../genomics/ports.ts';
import type { SubjectStudy } from '../genomics/study.ts';
import type { StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { Disclosure } from './disclosure.ts';
import type { Population } from './population-ports.ts';

/** What the archive knows of one subject, from one strongly consistent read. */
export interface SubjectRecord {
  readonly subject: string;
  /** READY studies, in order of test date and id. Empty for a subject registered without data. */
  readonly studies: readonly SubjectStudy[];
}

/** Studies and subjects (DynamoDB). */
export interface StudyStore {
  /** Undefined when the subject has no READY study and is not registered. @throws UnavailableError */
  subject(subject: string): Promise<SubjectRecord | undefined>;
}

/** One subject's studies, inputs and samples that pass a request's filters: what a query may look at. */
export interface SubjectView {
  readonly subject: string;
  readonly studies: readonly SubjectStudy[];
}

/** A range of a request, resolved to a chromosome; `index` is its place in the request. */
export interface RangeQuestion extends Interval {
  readonly index: number;
  readonly chromosome: Chromosome;
}

/** An allele of a request, trimmed, resolved to a chromosome. */
export interface AlleleQuestion extends Allele {
  readonly index: number;
  readonly chromosome: Chromosome;
  /**
   * The fully-justified interval of a pure insertion or deletion: everywhere within it the same change may be stated.
   * Absent when the reference is not known, and for alleles that can't slide.
   */
  readonly context?: Interval;
}

export interface Answer<Row> {
  /** `index` of the question. */
  readonly index: number;
  readonly row: Row;
}

/** How a structural variant must lie to a range. */
export type StructuralRelation = 'intersecting' | 'subsuming';

/** How much of a question's range the tests could have seen. */
export type CoverageValue = 'covered' | 'partly' | 'not-covered' | 'unknown';

/** BED regions of one study that touch a request's ranges. */
export interface StudyRegions {
  readonly study: string;
  readonly kind: 'studied' | 'uncallable';
  readonly chromosome: Chromosome;
  readonly regions: readonly Interval[];
}

/**
 * Variants and regions (DuckDB over Parquet). Only rows whose FILTER is PASS or `.` are answered. Every method reads
 * only the given studies, inputs and subject; every question is compared only with studies of its own assembly, which
 * the caller has seen to. Answers come in batches, in the order of the questions, then by position.
 *
 * @throws UnavailableError when a file can't be read: never an empty answer instead.
 */
export interface VariantStore {
  simple(view: SubjectView, questions: readonly RangeQuestion[]): AsyncIterable<readonly Answer<StoredVariant>[]>;
  /**
   * Rows whose trimmed allele is the question's event (`sameEvent`): equal to it or, within its context, equal to it
   * where it slides to. Rows need not have been normalised to be found.
   */
  alleles(view: SubjectView, questions: readonly AlleleQuestion[]): AsyncIterable<readonly Answer<StoredVariant>[]>;
  structural(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    relation: StructuralRelation,
  ): AsyncIterable<readonly Answer<StoredStructuralVariant>[]>;
  /** Indexes of the questions that have at least one row, without reading the rows. */
  present(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    relation: 'simple' | StructuralRelation,
  ): Promise<ReadonlySet<number>>;
  /** One value per question, in order. */
  coverage(view: SubjectView, questions: readonly RangeQuestion[]): Promise<readonly CoverageValue[]>;
  /** Studied and uncallable regions of each study that touch the questions, clipped to them. */
  regions(view: SubjectView, questions: readonly RangeQuestion[]): Promise<readonly StudyRegions[]>;
}

/** Reference data as loaded at one moment: sequences, transcript models and liftover chains of both assemblies. */
export interface Reference {
  /** Changes whenever any reference file is added or replaced; part of what an answer depends on. Empty when none is. */
  readonly release: string;
  /** Parts that are not loaded answer with a CannotAnswerError that names the file to add. */
  readonly sequences: Sequences;
  readonly transcripts: Transcripts;
  readonly chains: Chains;
}

/** Questions about everyone that are left to a client. */
export interface QueryBudget {
  /** Takes one. @returns 0, or the seconds to wait when none is left @throws UnavailableError */
  take(client: string): Promise<number>;
}

/** What the operations may ask of the world. */
export interface Ports {
  readonly studies: StudyStore;
  readonly variants: VariantStore;
  /** One strongly consistent look at what is loaded; cheap to call once a request. @throws UnavailableError */
  reference(): Promise<Reference>;
  /** One strongly consistent look at everyone in the archive. @throws UnavailableError */
  population(): Promise<Population>;
  /** How far answers about everyone are blurred; as they are when absent. */
  readonly disclosure?: Disclosure | undefined;
  /** How many questions about everyone a client may ask; any number when absent. */
  readonly budget?: QueryBudget | undefined;
}
