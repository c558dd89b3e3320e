import { ASSEMBLIES } from '../genomics/assembly.ts';
import { checkCost } from './costs.ts';
import { merged, ROWS_AT_A_TIME, reachOf } from './known-rows.ts';
import { knownVariants } from './known-variants.ts';
import type { AskedPopulation } from './population-answers.ts';
import { type CarriedVariant, carriedVariants } from './population-carriers.ts';
import type { SubjectSet } from './population-ports.ts';
import type { Ports, Statements } from './ports.ts';
import type { Placed } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';

/** Rows of compacted files that one request may read: some ten million a second on two processors. */
export const MOST_ROWS = 100_000_000;

/**
 * Everyone with a variant that statements are about and, when variants are asked, that is one of these. Starts from the
 * statements' alleles: whatever else people carry is not read.
 *
 * @throws CannotAnswerError when only the reference sequence could tell; UnavailableError, TooCostlyError
 */
export async function carriersOfKnown(
  asked: AskedPopulation,
  variants: readonly Placed<SoughtPlace>[] | undefined,
  statements: Statements,
  ports: Ports,
): Promise<SubjectSet> {
  const carried =
    variants === undefined ? await nearStatements(asked, statements, ports) : await carriedVariants(variants, asked);
  const subjects = new Set<number>();
  for (const [assembly, own] of Map.groupBy(carried, (one) => one.assembly)) {
    for (let from = 0; from < own.length; from += ROWS_AT_A_TIME) {
      const some = own.slice(from, from + ROWS_AT_A_TIME);
      for (const { row } of await knownVariants(some, assembly, statements, asked.reference)) {
        for (const subject of row.subjects) subjects.add(subject);
      }
    }
  }
  return subjects;
}

/** All alleles that lie where statements are. */
async function nearStatements(
  { population, sourceClass }: AskedPopulation,
  statements: Statements,
  ports: Ports,
): Promise<readonly CarriedVariant[]> {
  const asked = await Promise.all(
    ASSEMBLIES.map(async (assembly) => {
      const tested = population.inputs.some((input) => input.assembly === assembly);
      const questions = tested ? merged((await statements.everywhere(assembly)).map(reachOf)) : [];
      return { assembly, questions, sourceClass };
    }),
  );
  const cost = asked.reduce((sum, one) => sum + population.rowsNear(one), 0);
  checkCost(cost, MOST_ROWS, 'rows of variants to be read', 'ask for a narrower condition or treatment', ports);
  const found = await Promise.all(
    asked.map(async ({ assembly, questions }) => {
      if (questions.length === 0) return [];
      const chromosomes = new Map(questions.map(({ index, chromosome }) => [index, chromosome]));
      const alleles = await population.alleles({ assembly, questions, sourceClass });
      return alleles.flatMap(({ index, ...allele }): readonly CarriedVariant[] => {
        const chromosome = chromosomes.get(index);
        if (chromosome === undefined) throw new Error('the store answered a question that was not asked');
        return [{ ...allele, assembly, chromosome }];
      });
    }),
  );
  return found.flat();
}
