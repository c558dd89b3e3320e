import type { SourceClass } from '../genomics/allele.ts';
import type { Assembly } from '../genomics/assembly.ts';
import type { NamedGenotype } from '../genomics/genotype-finding.ts';
import type { CalledRow } from '../genomics/star-allele/position-call.ts';
import type { Study, StudyInput } from '../genomics/study.ts';
import type { StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { RangeQuestion, StructuralRelation } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';

/** What decides which questions an input of anyone's test answers. */
export interface PopulationInput extends Pick<StudyInput, 'sourceClass' | 'changeTypes'> {
  /** Of the study. */
  readonly assembly: Study['assembly'];
  /** Whether its file states the consequences of every one of its variants. */
  readonly annotated: boolean;
}

/** Who answers a question. */
export interface Carriers {
  /** `index` of the question. */
  readonly index: number;
  /** By their place in `Population.subjects`, in no particular order; one may come several times. */
  readonly subjects: readonly number[];
}

/** An allele as some rows state it, and who carries it. */
export interface CarriedAllele extends Carriers, Pick<StoredVariant, 'reportedStart0' | 'ref' | 'alt' | 'normalised'> {
  /** Sequence Ontology codes that the carriers' files state of it; undefined when they say nothing, or nobody asked. */
  readonly stated?: readonly string[];
}

/** A genotype as it was imported, and who has it. */
export interface CarriedGenotype extends NamedGenotype {
  readonly subjects: readonly number[];
}

/** One germline input of one test, and what it looked for. */
export interface GermlineSource extends Pick<StudyInput, 'changeTypes'> {
  /** Place in `Population.subjects`. */
  readonly subject: number;
  /** Sources of one specimen of one test have the same number. */
  readonly specimen: number;
}

/** A row that sources have in common, as far as star alleles are read from it. Phase sets are unique per source. */
export interface CarriedCall {
  readonly index: number;
  readonly row: CalledRow;
  /** By their place in `Germline.sources`. */
  readonly sources: readonly number[];
}

/** A structural variant, as far as it tells how many copies there are, and who has it in a germline input. */
export interface CarriedStructural
  extends Carriers,
    Pick<StoredStructuralVariant, 'changeType' | 'outer' | 'imprecise' | 'ref'> {}

/** Which places germline inputs saw whole. */
export interface SeenPlaces {
  /** Sources of one key saw the same places. */
  keyOf(source: number): string;
  /** `covered` in the sense of `VariantStore.coverage` of this input alone. */
  sees(source: number, place: number): boolean;
}

/** What star alleles of everyone are called from: the germline inputs of the tests of one assembly. */
export interface Germline {
  readonly sources: readonly GermlineSource[];
  /** Rows that touch the questions. */
  calls(questions: readonly RangeQuestion[]): Promise<readonly CarriedCall[]>;
  /** Structural variants that touch the questions. */
  structural(questions: readonly RangeQuestion[]): Promise<readonly CarriedStructural[]>;
  seen(places: readonly Place[]): Promise<SeenPlaces>;
}

/** Questions to the tests of one assembly, answered in one scan. */
export interface PopulationQuestions {
  readonly assembly: Assembly;
  readonly questions: readonly RangeQuestion[];
  /** Findings of this class only. */
  readonly sourceClass: SourceClass | undefined;
  /**
   * Of what files state of an allele: `told` tells it; `nothing` asks for rows of which their file says nothing; codes
   * ask for rows of which it says one of them. Absent: nobody looks at it.
   */
  readonly stated?: 'told' | 'nothing' | readonly string[];
}

/**
 * Everyone with at least one test in the archive, at one moment. A subject is one however many tests, of whichever
 * assembly, they have. Only rows whose FILTER is PASS or `.` count, as for single subjects.
 *
 * @throws UnavailableError when a file can't be read: never a smaller count instead
 */
export interface Population {
  /** Ids, ascending. */
  readonly subjects: readonly string[];
  /** What an answer rests on: the generation, studies that are newer, and who was erased. */
  readonly dependsOn: readonly string[];
  /** Distinct inputs of all tests. */
  readonly inputs: readonly PopulationInput[];
  /**
   * Alleles stated as sequence that touch the questions, in batches and in no particular order. One allele may come several
   * times with different carriers.
   */
  alleles(asked: PopulationQuestions): AsyncIterable<readonly CarriedAllele[]>;
  /** Rows of variants in files that `alleles` may have to read for the questions: what a question costs. */
  rowsNear(asked: PopulationQuestions): number;
  /** Genotypes that were imported. @param genes HGNC symbols; all genes when absent */
  genotypes(sourceClass: SourceClass | undefined, genes?: readonly string[]): Promise<readonly CarriedGenotype[]>;
  germline(assembly: Assembly): Germline;
  /** Carriers of structural variants that lie to the questions as `relation` says, in batches. */
  structural(asked: PopulationQuestions, relation: StructuralRelation): AsyncIterable<readonly Carriers[]>;
  /**
   * For each group of places, the number of subjects whose tests saw all of them whole: `covered` in the sense of
   * `VariantStore.coverage`, in either assembly.
   *
   * @param seeing whether an input looks for what is asked and passes the filters
   */
  callable(
    groups: readonly (readonly Placed<Place>[])[],
    seeing: (input: PopulationInput) => boolean,
  ): Promise<readonly number[]>;
}
