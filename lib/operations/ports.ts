import type { Allele } from '../genomics/allele.ts';
import type { Assembly, Chromosome } from '../genomics/assembly.ts';
import type { StatedConsequence } from '../genomics/consequence/annotation.ts';
import type { StoredGenotype } from '../genomics/genotype-finding.ts';
import type { Interval } from '../genomics/interval.ts';
import type { Chains, Sequences, Transcripts } from '../genomics/ports.ts';
import type { SubjectStudy } from '../genomics/study.ts';
import type { StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { Coded, DxRow, KnowledgeRow, McRow, TxRow } from '../knowledge/rows.ts';
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

/** A row and what its own file says of its allele, in the order of the file. */
export interface AnnotatedVariant {
  readonly variant: StoredVariant;
  readonly stated: readonly StatedConsequence[];
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
  /**
   * The rows of `simple`, each with what its own file's annotations say of its allele. With `consequences`, of the rows
   * of which the file says anything only those where one of these codes is among what it says, with these statements
   * alone; rows of which it says nothing are always answered.
   */
  annotated(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    consequences?: readonly string[],
  ): AsyncIterable<readonly Answer<AnnotatedVariant>[]>;
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

/** Genotypes that were imported (DuckDB over Parquet), without looking at variants. */
export interface GenotypeStore {
  /** Those of the given studies, inputs and subject, by study and input. @throws UnavailableError */
  imported(view: SubjectView): Promise<readonly StoredGenotype[]>;
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

/** A release of a knowledge source that answers at the moment. */
export interface KnownRelease {
  readonly source: string;
  readonly release: string;
  /** Statements by kind. */
  readonly statements: Readonly<Record<KnowledgeRow['kind'], number>>;
  /** Statements without a place in an assembly because no chains led there when the release was imported. */
  readonly uncarried: Readonly<Partial<Record<Assembly, number>>>;
}

/** A place of one allele that statements may be about: as trimmed and, of one that slides, where it may be stated. */
export interface AllelePlace extends Interval {
  readonly chromosome: Chromosome;
  /** Whether it is a pure insertion or deletion. */
  readonly slides: boolean;
  /** Its fully-justified interval; absent when unknown, and for alleles that can't slide. */
  readonly context?: Interval;
}

/** How far apart two insertions or deletions may be and still be compared, when neither's justified interval is known. */
export const UNSETTLED_REACH = 1_024;

/** An allele that a statement is about, trimmed. */
export interface KnowledgeAllele extends Allele, AllelePlace {
  /** Of {@link KnowledgeStatement.key}. */
  readonly statement: string;
}

/** What statements say, by kind. Without the variants: where it applies was asked before. */
export interface StatementRows {
  readonly dx: Omit<DxRow, 'variants'>;
  readonly tx: Omit<TxRow, 'variants'>;
  readonly mc: Omit<McRow, 'variant'>;
}

/** A statement about a diagnosis or a treatment. */
export type Implied = 'dx' | 'tx';

/** One statement of a release. Its conditions and treatments are whole, whichever of them were asked. */
export interface KnowledgeStatement<Kind extends KnowledgeRow['kind'] = Implied> {
  /** Unique among the statements that answer. */
  readonly key: string;
  readonly source: string;
  readonly release: string;
  readonly row: StatementRows[Kind];
}

/** A code that means one thing, or a word: matched exactly with its system, else in any case against code and display. */
export interface Token {
  readonly system?: string;
  readonly code: string;
}

/** What statements must be about. Tokens of one list are alternatives; both lists must hold. */
export interface StatementFilter {
  readonly conditions?: readonly Token[];
  readonly treatments?: readonly Token[];
}

/** What a statement without variants may be about: a genotype, or the function of a gene. */
export type StatementLink =
  | ({ readonly kind: 'genotype' } & Token)
  | { readonly kind: 'function'; readonly gene: string };

/** Items of a source with statements about genotypes of dbSNP variants that no variant of a subject can show. */
export interface UnjoinedItems {
  readonly source: string;
  readonly release: string;
  /** In the source's words; absent when it says none. */
  readonly level?: string;
  readonly items: number;
}

/** The statements of one kind that pass a filter. @throws UnavailableError when a file can't be read. */
export interface Statements<Kind extends KnowledgeRow['kind'] = Implied> {
  /** Alleles that may be the same change as one of the places: all that are, and more that lie there. */
  at(assembly: Assembly, places: readonly AllelePlace[]): Promise<readonly KnowledgeAllele[]>;
  /** Alleles that a row in one of the stretches may state: all of them, and more that lie around there. */
  within(assembly: Assembly, stretches: readonly RangeQuestion[]): Promise<readonly KnowledgeAllele[]>;
  /** All their alleles in an assembly. */
  everywhere(assembly: Assembly): Promise<readonly KnowledgeAllele[]>;
  /** Symbols of the genes whose function they are about. */
  genes(): Promise<readonly string[]>;
  /** Names and codes of the genotypes that they are about. */
  genotypes(): Promise<readonly string[]>;
  /** Statements that are about at least one of the links; which functions they are about, their rows say. */
  linked(links: readonly StatementLink[]): Promise<readonly KnowledgeStatement<Kind>[]>;
  read(keys: Iterable<string>): Promise<ReadonlyMap<string, KnowledgeStatement<Kind>>>;
  /** What they leave out of answers about data of one of the assemblies, by source and level. */
  unjoined(assemblies: readonly Assembly[]): Promise<readonly UnjoinedItems[]>;
}

/** Knowledge as active at one moment. */
export interface Knowledge {
  /** Changes whenever another release serves; part of what an answer depends on. Empty when none is loaded. */
  readonly release: string;
  readonly releases: readonly KnownRelease[];
  about<Kind extends KnowledgeRow['kind']>(kind: Kind, filter: StatementFilter): Promise<Statements<Kind>>;
  /** Other codes of the conditions or treatments that a token names, as the sources give them. @throws UnavailableError */
  translations(kind: 'condition' | 'treatment', token: Token): Promise<readonly Coded[]>;
  /** Names of the JSON payloads of a source's active release; empty when it has none. @throws UnavailableError */
  payloads(source: string): Promise<readonly string[]>;
  /** A payload, parsed once; undefined when the active release has none of this name. @throws UnavailableError */
  payload(source: string, name: string): Promise<unknown>;
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
  readonly genotypes: GenotypeStore;
  /** One strongly consistent look at what is loaded; cheap to call once a request. @throws UnavailableError */
  reference(): Promise<Reference>;
  /** One strongly consistent look at which releases serve; cheap to call once a request. @throws UnavailableError */
  knowledge(): Promise<Knowledge>;
  /** One strongly consistent look at everyone in the archive. @throws UnavailableError */
  population(): Promise<Population>;
  /** The client waits for its answer (`respond-async`): questions about everyone may cost what they cost. */
  readonly patient?: boolean;
  /** How far answers about everyone are blurred; as they are when absent. */
  readonly disclosure?: Disclosure | undefined;
  /** How many questions about everyone a client may ask; any number when absent. */
  readonly budget?: QueryBudget | undefined;
}
