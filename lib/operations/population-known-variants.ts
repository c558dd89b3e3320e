import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import type { KnowledgeRow } from '../knowledge/rows.ts';
import { checkCost } from './costs.ts';
import { merged, ROWS_AT_A_TIME, reachOf } from './known-rows.ts';
import { type KnownVariant, knownVariants } from './known-variants.ts';
import type { AskedPopulation } from './population-answers.ts';
import { type CarriedVariant, carriedVariants } from './population-carriers.ts';
import type { KnowledgeStatement, Ports, RangeQuestion, Statements } from './ports.ts';
import type { Placed } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { type SubjectSet, subjectSet } from './subject-set.ts';

/** Rows of compacted files that one request may read: some ten million a second on two processors. */
export const MOST_ROWS = 100_000_000;

/**
 * Everyone with a variant that statements are about and, when variants are asked, that is one of these. Starts from the
 * statements' alleles: whatever else people carry is not read.
 *
 * @param tells whether what a statement says of a variant answers the question
 * @param meet gets all variants that statements are about
 * @throws CannotAnswerError when only the reference sequence could tell; UnavailableError, TooCostlyError
 */
export async function carriersOfKnown<Kind extends KnowledgeRow['kind']>(
  asked: AskedPopulation,
  variants: readonly Placed<SoughtPlace>[] | undefined,
  statements: Statements<Kind>,
  ports: Ports,
  tells: (statement: KnowledgeStatement<Kind>) => boolean = () => true,
  meet: (assembly: Assembly, known: readonly KnownVariant<CarriedVariant, Kind>[]) => void = () => undefined,
): Promise<SubjectSet> {
  const { population, reference } = asked;
  const subjects = subjectSet(population.subjects.length);
  const nearby = variants === undefined ? await nearStatements(asked, statements, ports) : undefined;
  for (const assembly of ASSEMBLIES) {
    const carried =
      variants === undefined ? allelesNear(asked, assembly, nearby) : carriedVariants(variants, assembly, asked);
    for await (const batch of carried) {
      for (let from = 0; from < batch.length; from += ROWS_AT_A_TIME) {
        const some = batch.slice(from, from + ROWS_AT_A_TIME);
        const known = await knownVariants(some, assembly, statements, reference);
        meet(assembly, known);
        for (const { row, statements: told } of known) if (told.some(tells)) subjects.add(row.subjects);
      }
    }
  }
  return subjects;
}

type Nearby = ReadonlyMap<Assembly, readonly RangeQuestion[]>;

/** Where statements are, in the assemblies that anyone was tested in. @throws TooCostlyError */
async function nearStatements(
  { population, sourceClass }: AskedPopulation,
  statements: Pick<Statements, 'everywhere'>,
  ports: Ports,
): Promise<Nearby> {
  const tested = ASSEMBLIES.filter((assembly) => population.inputs.some((input) => input.assembly === assembly));
  const near = await Promise.all(
    tested.map(async (assembly) => [assembly, merged((await statements.everywhere(assembly)).map(reachOf))] as const),
  );
  const cost = near.reduce(
    (sum, [assembly, questions]) => sum + population.rowsNear({ assembly, questions, sourceClass }),
    0,
  );
  checkCost(cost, MOST_ROWS, 'rows of variants to be read', 'ask for a narrower condition or treatment', ports);
  return new Map(near);
}

/** All alleles that lie where statements are, in batches. */
async function* allelesNear(
  { population, sourceClass }: AskedPopulation,
  assembly: Assembly,
  nearby: Nearby | undefined,
): AsyncGenerator<readonly CarriedVariant[]> {
  const questions = nearby?.get(assembly) ?? [];
  if (questions.length === 0) return;
  const chromosomes = new Map(questions.map(({ index, chromosome }) => [index, chromosome]));
  for await (const batch of population.alleles({ assembly, questions, sourceClass })) {
    yield batch.map(({ index, ...allele }) => {
      const chromosome = chromosomes.get(index);
      if (chromosome === undefined) throw new Error('the store answered a question that was not asked');
      return { ...allele, assembly, chromosome };
    });
  }
}
