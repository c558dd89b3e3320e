import type { SourceClass } from '../genomics/allele.ts';
import type { Assembly } from '../genomics/assembly.ts';
import type { StatedRecord } from '../genomics/same-event.ts';
import type { Study, StudyInput } from '../genomics/study.ts';
import type { RangeQuestion, StructuralRelation } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';

/** What decides which questions an input of anyone's test answers. */
export interface PopulationInput extends Pick<StudyInput, 'sourceClass' | 'changeTypes'> {
  /** Of the study. */
  readonly assembly: Study['assembly'];
}

/** Who answers a question. */
export interface Carriers {
  /** `index` of the question. */
  readonly index: number;
  /** By their place in `Population.subjects`, in no particular order; one may come several times. */
  readonly subjects: readonly number[];
}

/** An allele as some rows state it, and who carries it. */
export interface CarriedAllele extends Carriers, StatedRecord {}

/** Questions to the tests of one assembly, answered in one scan. */
export interface PopulationQuestions {
  readonly assembly: Assembly;
  readonly questions: readonly RangeQuestion[];
  /** Findings of this class only. */
  readonly sourceClass: SourceClass | undefined;
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
