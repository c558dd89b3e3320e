import { ASSEMBLIES } from '../genomics/assembly.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { type StatedRecord, statableWithin, statesEvent } from '../genomics/same-event.ts';
import type { AskedPopulation } from './population-answers.ts';
import type { RangeQuestion } from './ports.ts';
import type { Placed } from './range-questions.ts';
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

/** Carriers of each variant, in the order of `placed`, in one scan an assembly. @throws UnavailableError */
export async function carriersOf(
  placed: readonly Placed<SoughtPlace>[],
  { population, sourceClass }: AskedPopulation,
): Promise<readonly SubjectSet[]> {
  const carriers = placed.map(() => subjectSet(population.subjects.length));
  await Promise.all(
    ASSEMBLIES.map(async (assembly) => {
      const asked = placed.flatMap(({ places }, owner) => {
        const place = places.get(assembly);
        return place === undefined ? [] : reaches(place).map((reach) => ({ ...reach, owner }));
      });
      if (asked.length === 0) return;
      const questions = asked.map(({ question }, index) => ({ ...question, index }));
      for await (const batch of population.alleles({ assembly, questions, sourceClass })) {
        for (const found of batch) {
          const reach = asked[found.index];
          if (reach === undefined) throw new Error('the store answered a question that was not asked');
          if (reach.matches(found)) carriers[reach.owner]?.add(found.subjects);
        }
      }
    }),
  );
  return carriers;
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
