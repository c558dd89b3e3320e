import { type Assembly, type ChromosomeSequence, sequencesOf } from '../genomics/assembly.ts';
import { InvalidInputError, LiftoverError } from '../genomics/errors.ts';
import { type Interval, parseRange } from '../genomics/interval.ts';
import type { StudyInput } from '../genomics/study.ts';
import type { RangeQuestion, SubjectView } from './ports.ts';
import { ofAssembly } from './subject-view.ts';

/** A region or allele of a request, and the chromosomes that its accession names: two for NC_012920.1, else one. */
export interface Located extends Interval {
  readonly index: number;
  /** As the caller wrote it. */
  readonly text: string;
  readonly sequences: readonly ChromosomeSequence[];
}

/** What of a request is asked of the studies of one assembly. */
export interface AssemblyQuestions<Q> {
  readonly view: SubjectView;
  readonly questions: readonly Q[];
}

/**
 * Reads the ranges of a request.
 *
 * @throws InvalidInputError naming `ranges` when one is malformed, on no chromosome of GRCh37 or GRCh38, or begins
 * beyond its end
 */
export function locateRanges(texts: readonly string[]): readonly Located[] {
  return texts.map((text, index) => {
    const { accession, start0, end0 } = parseRange(text, 'ranges');
    const sequences = sequencesAt(accession, text, 'ranges');
    checkWithin(sequences, start0, text, 'ranges');
    return { index, text, start0, end0, sequences };
  });
}

/** The chromosomes of an accession. @throws InvalidInputError when it is none of GRCh37 or GRCh38. */
export function sequencesAt(accession: string, text: string, expression: string): readonly ChromosomeSequence[] {
  const sequences = sequencesOf(accession);
  if (sequences.length > 0) return sequences;
  throw new InvalidInputError(`'${text}' is not on a chromosome of GRCh37 or GRCh38`, expression);
}

/** @throws InvalidInputError when a position lies beyond the end of the chromosome. */
export function checkWithin(
  sequences: readonly ChromosomeSequence[],
  position0: number,
  text: string,
  expression: string,
): void {
  const length = Math.max(...sequences.map((sequence) => sequence.length));
  if (position0 <= length) return;
  throw new InvalidInputError(`'${text}' lies beyond the end of the chromosome, which has ${length} bases`, expression);
}

/**
 * Refuses a request that some of the subject's data can't be compared with: a record of the other assembly says
 * nothing at the same numbers, and leaving it out would look like a negative.
 *
 * @param relevant whether an input may hold part of the answer
 * @throws LiftoverError naming `expression`
 */
export function checkComparable(
  view: SubjectView,
  located: readonly Located[],
  relevant: (input: StudyInput) => boolean,
  expression: string,
): void {
  const needed = new Set(
    view.studies.flatMap(({ study, samples }) =>
      samples.some(({ input }) => study.inputs.some((one, index) => index === input && relevant(one)))
        ? [study.assembly]
        : [],
    ),
  );
  for (const { text, sequences } of located) {
    for (const assembly of needed) {
      if (sequences.some((sequence) => sequence.assembly === assembly)) continue;
      throw new LiftoverError(
        `'${text}' could not be carried to ${assembly}, in which the subject has results: no chain files are loaded`,
        expression,
      );
    }
  }
}

/** Splits a request by assembly, with the studies of each. Assemblies without a study or a question are left out. */
export function byAssembly<L extends Located, Q>(
  view: SubjectView,
  located: readonly L[],
  question: (located: L, sequence: ChromosomeSequence) => Q,
): readonly AssemblyQuestions<Q>[] {
  const parts: AssemblyQuestions<Q>[] = [];
  for (const assembly of ['GRCh37', 'GRCh38'] as const satisfies readonly Assembly[]) {
    const own = ofAssembly(view, assembly);
    const questions = located.flatMap((one) =>
      one.sequences.filter((sequence) => sequence.assembly === assembly).map((sequence) => question(one, sequence)),
    );
    if (own.studies.length > 0 && questions.length > 0) parts.push({ view: own, questions });
  }
  return parts;
}

/** The question that a located region puts to the store. */
export function rangeQuestion({ index, start0, end0 }: Located, { chromosome }: ChromosomeSequence): RangeQuestion {
  return { index, start0, end0, chromosome };
}
