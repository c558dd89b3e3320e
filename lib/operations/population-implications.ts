import { CannotAnswerError } from '../genomics/errors.ts';
import { readHaplotypes } from './haplotype-tokens.ts';
import { placeVariants } from './placed-variants.ts';
import {
  askPopulation,
  type GroupMembers,
  nothingAsked,
  type PopulationFilter,
  populationDependencies,
  populationText,
} from './population-answers.ts';
import { refuseUnknowable } from './population-carriers.ts';
import { carriersOfKnownGenotypes, genesOfStatements } from './population-known-genotypes.ts';
import { carriersOfImplied } from './population-known-sites.ts';
import type { Ports } from './ports.ts';
import type { Prepared } from './row.ts';
import { checkCarried, checkKnown, statementFilter } from './statement-questions.ts';
import { combined, subjectSet } from './subject-set.ts';
import { readVariants } from './variant-questions.ts';

/** What the operations on everyone's implications have in common in their input. */
interface ImplicationsInput extends PopulationFilter {
  readonly variants?: readonly string[] | undefined;
  readonly haplotypes?: readonly string[] | undefined;
  readonly conditions?: readonly string[] | undefined;
  readonly treatments?: readonly string[] | undefined;
}

/**
 * Prepares the answer: one group of those who have at least one implication that satisfies all parameters.
 *
 * @throws as the questions about one subject
 */
export async function preparePopulationImplications(
  kind: 'dx' | 'tx',
  input: ImplicationsInput,
  ports: Ports,
): Promise<Prepared> {
  const read = readVariants(input.variants ?? []);
  const haplotypes = readHaplotypes(input.haplotypes ?? []);
  const filter = statementFilter(input);
  const [asked, knowledge] = await Promise.all([askPopulation(input, 'simple', ports), ports.knowledge()]);
  const dependsOn = populationDependencies(asked, ports, knowledge);
  const lists = [read, haplotypes, filter.conditions ?? [], filter.treatments ?? []];
  if (lists.every(({ length }) => length === 0)) return { dependsOn, run: nothingAsked };
  checkKnown(knowledge, kind);
  if (kind === 'dx' && haplotypes.length > 0) {
    throw new CannotAnswerError(
      'no knowledge about diagnoses says anything of haplotypes or genotypes; ask for variants or conditions',
      'haplotypes',
    );
  }
  if (haplotypes.length === 0) checkCarried(knowledge, kind, asked.needed);
  const variants = read.length === 0 ? undefined : await placeVariants(read, asked.needed, asked.reference);
  if (variants !== undefined) refuseUnknowable(variants, asked);

  const people = asked.population.subjects.length;
  const members = async (): Promise<readonly GroupMembers[]> => {
    const statements = await knowledge.about(kind, filter);
    // What follows from a haplotype does not follow from a variant alone.
    const { carriers, ofGenotypes } =
      haplotypes.length > 0
        ? { carriers: subjectSet(people), ofGenotypes: false }
        : await carriersOfImplied(asked, variants, statements, ports);
    const genes = kind === 'dx' ? [] : await genesOfStatements(statements);
    if (genes?.length === 0) return [{ subjects: carriers, ...(ofGenotypes && { known: 'not told' }) }];
    const question = { variants, haplotypes };
    const having = await carriersOfKnownGenotypes(asked, question, statements, knowledge, genes, ports);
    // Who was seen not to carry a variant may still have a genotype that nobody could call.
    return [{ subjects: combined(people, [carriers, having], 'any'), known: 'not told' }];
  };
  const groups = [{ ...(variants && { placed: variants }) }];
  return {
    dependsOn,
    run: () => populationText(asked, { name: 'implications' }, 'simple', input, ports, groups, members),
  };
}
