import {
  ASSEMBLIES,
  type Assembly,
  type Chromosome,
  type ChromosomeSequence,
  sequencesOf,
} from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { type GenomicInterval, type Interval, parseRange } from '../genomics/interval.ts';
import { liftRegion } from '../genomics/liftover.ts';
import type { StudyInput } from '../genomics/study.ts';
import { cannotCarry, chainsFor } from './carrying.ts';
import type { RangeQuestion, Reference, SubjectView } from './ports.ts';
import { ofAssembly } from './subject-view.ts';

/** A region of a request, and the chromosomes that its accession names: two for NC_012920.1, else one. */
export interface LocatedRange extends GenomicInterval {
  readonly index: number;
  /** As the caller wrote it. */
  readonly text: string;
  readonly sequences: readonly ChromosomeSequence[];
}

/** Where something lies in one assembly. */
export interface Place extends Interval {
  readonly chromosome: Chromosome;
}

/** A region or allele of a request, where it lies in each assembly that it is asked in. */
export interface Placed<P extends Place = Place> {
  readonly index: number;
  readonly text: string;
  readonly places: ReadonlyMap<Assembly, P>;
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
export function locateRanges(texts: readonly string[]): readonly LocatedRange[] {
  return texts.map((text, index) => {
    const range = parseRange(text, 'ranges');
    const sequences = sequencesAt(range.accession, text, 'ranges');
    checkWithin(sequences, range.start0, text, 'ranges');
    return { ...range, index, text, sequences };
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
 * The assemblies in which the subject has data that may hold part of an answer: a question has to be carried there, as
 * leaving them out would look like a negative.
 */
export function assembliesHolding(view: SubjectView, relevant: (input: StudyInput) => boolean): readonly Assembly[] {
  const holding = new Set(
    view.studies.flatMap(({ study, samples }) =>
      samples.some(({ input }) => study.inputs.some((one, index) => index === input && relevant(one)))
        ? [study.assembly]
        : [],
    ),
  );
  return ASSEMBLIES.filter((assembly) => holding.has(assembly));
}

/**
 * Places ranges in their own assembly and, by liftover, in the others of `needed`. A range that can't be lifted as it is
 * may be widened, as the Implementation Guide has it.
 *
 * @throws LiftoverError naming `ranges` when one has no place in an assembly where it is needed
 */
export async function placeRanges(
  located: readonly LocatedRange[],
  needed: readonly Assembly[],
  reference: Reference,
): Promise<readonly Placed[]> {
  const placed: Placed[] = [];
  for (const range of located) {
    const { index, text, start0, end0, sequences } = range;
    const places = new Map<Assembly, Place>();
    for (const { assembly, chromosome } of sequences) places.set(assembly, { start0, end0, chromosome });
    for (const assembly of needed) {
      if (!places.has(assembly)) places.set(assembly, await liftPlace(range, assembly, reference));
    }
    placed.push({ index, text, places });
  }
  return placed;
}

async function liftPlace(
  { accession, start0, end0, text, sequences }: LocatedRange,
  to: Assembly,
  reference: Reference,
): Promise<Place> {
  const [own] = sequences as [ChromosomeSequence];
  const chains = await chainsFor(own.assembly, to, reference, text, 'ranges');
  // A range may state any end beyond the chromosome's.
  const region = { accession, start0, end0: interbase(Math.min(end0, own.length)) };
  const lifted = liftRegion(chains, region);
  if (!lifted.lifted) throw cannotCarry(text, to, lifted.detail, 'ranges');
  const place = placeOf(lifted, to);
  // `p-p` asks for base p wherever it lies; a lifted one would look like that base.
  return start0 === end0 && lifted.widenedBy === 0 ? { ...place, end0: place.start0 } : place;
}

/** A genomic interval by the chromosome of its accession. */
export function placeOf({ accession, start0, end0 }: GenomicInterval, assembly: Assembly): Place {
  const sequence = sequencesOf(accession).find((one) => one.assembly === assembly);
  if (sequence === undefined) throw new Error(`${accession} is not of ${assembly}`);
  return { start0, end0, chromosome: sequence.chromosome };
}

/** Splits a request by assembly, with the studies of each. Assemblies without a study or a question are left out. */
export function byAssembly<P extends Place, Q>(
  view: SubjectView,
  placed: readonly Placed<P>[],
  question: (placed: Placed<P>, place: P) => Q,
): readonly AssemblyQuestions<Q>[] {
  const parts: AssemblyQuestions<Q>[] = [];
  for (const assembly of ASSEMBLIES) {
    const own = ofAssembly(view, assembly);
    const questions = placed.flatMap((one) => {
      const place = one.places.get(assembly);
      return place === undefined ? [] : [question(one, place)];
    });
    if (own.studies.length > 0 && questions.length > 0) parts.push({ view: own, questions });
  }
  return parts;
}

/** The question that a placed region puts to the store. */
export function rangeQuestion({ index }: Placed, { start0, end0, chromosome }: Place): RangeQuestion {
  return { index, start0, end0, chromosome };
}
