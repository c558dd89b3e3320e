import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { type StatedRecord, statableWithin, statesEvent } from '../genomics/same-event.ts';
import type { StatedVariant } from '../genomics/variant.ts';
import type { AskedPopulation } from './population-answers.ts';
import type { CarriedAllele } from './population-ports.ts';
import type { RangeQuestion } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { isSought, replacementEnd } from './sought-rows.ts';
import { type SubjectSet, subjectSet } from './subject-set.ts';

/**
 * Refuses variants of which a row may state another form that only the reference sequence could tell: a count without
 * these would be too small. For one subject a found row is an answer; of many, others may have been missed.
 *
 * @throws CannotAnswerError naming `variants`
 */
export function refuseUnknowable(placed: readonly Placed<SoughtPlace>[], { needed }: AskedPopulation): void {
  for (const { text, places } of placed) {
    for (const assembly of needed) {
      const sought = places.get(assembly)?.sought;
      if (sought === undefined || sought.kind === 'unchanged' || sought.unknowable === undefined) continue;
      throw new CannotAnswerError(`'${text}' ${sought.unknowable}`, 'variants');
    }
  }
}

/** An allele of some rows, in one assembly, and who carries it. */
export interface CarriedVariant extends StatedVariant, Pick<CarriedAllele, 'subjects' | 'stated'> {
  readonly assembly: Assembly;
}

/** Carriers of each variant, in the order of `placed`, in one scan an assembly. @throws UnavailableError */
export async function carriersOf(
  placed: readonly Placed<SoughtPlace>[],
  asked: AskedPopulation,
): Promise<readonly SubjectSet[]> {
  const carriers = placed.map(() => subjectSet(asked.population.subjects.length));
  await Promise.all(
    ASSEMBLIES.map(async (assembly) => {
      for await (const batch of carriedVariants(placed, assembly, asked)) {
        for (const { owner, subjects } of batch) carriers[owner]?.add(subjects);
      }
    }),
  );
  return carriers;
}

/**
 * The alleles of an assembly that are a variant asked for, in batches, each with the place of the variant in `placed`.
 *
 * @param stated whether to tell what files state of them
 * @throws UnavailableError
 */
export async function* carriedVariants(
  placed: readonly Placed<SoughtPlace>[],
  assembly: Assembly,
  { population, sourceClass }: AskedPopulation,
  stated?: 'told',
): AsyncGenerator<readonly (CarriedVariant & { readonly owner: number })[]> {
  const asked = placed.flatMap(({ places }, owner) => {
    const place = places.get(assembly);
    return place === undefined ? [] : reaches(place).map((reach) => ({ ...reach, owner }));
  });
  if (asked.length === 0) return;
  const questions = asked.map(({ question }, index) => ({ ...question, index }));
  for await (const batch of population.alleles({ assembly, questions, sourceClass, ...(stated && { stated }) })) {
    yield batch.flatMap(({ index, ...allele }) => {
      const reach = asked[index];
      if (reach === undefined) throw new Error('the store answered a question that was not asked');
      const { owner, question } = reach;
      return reach.matches(allele) ? [{ ...allele, assembly, owner, chromosome: question.chromosome }] : [];
    });
  }
}

/** Whether a row is one of the variants asked for. */
export function isAskedVariant(
  row: Omit<StatedVariant, 'normalised'> & { readonly assembly: Assembly },
  placed: readonly Placed<SoughtPlace>[],
): boolean {
  return placed.some(({ places }) => {
    const place = places.get(row.assembly);
    if (place === undefined || place.chromosome !== row.chromosome) return false;
    return reaches(place).some((reach) => reach.matches(row));
  });
}

/** Where rows of the variants may lie in an assembly. */
export function placesOfVariants(placed: readonly Placed<SoughtPlace>[], assembly: Assembly): readonly Place[] {
  return placed.flatMap(({ places }) => {
    const place = places.get(assembly);
    return place === undefined ? [] : reaches(place).map(({ question }) => question);
  });
}

/** Where rows of a sought variant may lie, and which of those that lie there are it. */
interface Reach {
  readonly question: Omit<RangeQuestion, 'index'>;
  matches(record: StatedRecord): boolean;
}

function reaches(place: SoughtPlace): Reach[] {
  const { chromosome, start0, end0, sought } = place;
  switch (sought.kind) {
    case 'alleles':
      return sought.alleles.map((allele) => ({
        question: { chromosome, ...statableWithin(allele, sought.context) },
        matches: (record) => statesEvent(record, allele, sought.context),
      }));
    case 'replacement':
      return [
        {
          question: { chromosome, start0, end0: replacementEnd(start0, end0, sought.inserted) },
          matches: (record) => isSought(record, place),
        },
      ];
    case 'unchanged':
    case 'unspelled':
      return [];
  }
}
