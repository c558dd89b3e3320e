import { parametersText } from '../fhir/parameters.ts';
import { countedGroup } from '../fhir/population.ts';
import type { SourceClass } from '../genomics/allele.ts';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { AS_IT_IS, listsAllowed, told } from './disclosure.ts';
import type { Population, PopulationInput } from './population-ports.ts';
import type { Ports, Reference } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';
import type { SubjectSet } from './subject-set.ts';
import { looksFor, mayHold, type Question, sourceClassOf } from './subject-view.ts';

/** What every question about a population has. */
export interface PopulationFilter {
  readonly genomicSourceClass?: string | undefined;
  readonly includePatientList?: boolean | undefined;
}

/** One group of the answer: what was asked, and what must have been seen to know who does not belong to it. */
export interface PopulationGroup {
  readonly text: string;
  readonly placed: readonly Placed<Place>[];
}

/** A population, and the tests of it that may answer a question. */
export interface AskedPopulation {
  readonly population: Population;
  readonly reference: Reference;
  readonly sourceClass: SourceClass | undefined;
  /** Assemblies in which someone has results that may hold part of the answer: the question has to be carried there. */
  readonly needed: readonly Assembly[];
}

/**
 * Looks at the population for a question.
 *
 * @throws InvalidInputError when the source class is malformed; CannotAnswerError when a list of subjects is asked for
 * and lists are switched off; UnavailableError
 */
export async function askPopulation(
  { genomicSourceClass, includePatientList }: PopulationFilter,
  question: Question,
  ports: Ports,
): Promise<AskedPopulation> {
  const sourceClass = genomicSourceClass === undefined ? undefined : sourceClassOf(genomicSourceClass);
  if (includePatientList && !listsAllowed(ports.disclosure ?? AS_IT_IS)) {
    throw new CannotAnswerError('Lists of subjects are switched off on this server', 'includePatientList');
  }
  const [population, reference] = await Promise.all([ports.population(), ports.reference()]);
  const holding = population.inputs.filter((one) => ofClass(one, sourceClass) && mayHold(one, question));
  const needed = ASSEMBLIES.filter((assembly) => holding.some((one) => one.assembly === assembly));
  return { population, reference, sourceClass, needed };
}

const ofClass = (input: PopulationInput, sourceClass: SourceClass | undefined): boolean =>
  sourceClass === undefined || input.sourceClass === sourceClass;

/** What an answer rests on. */
export function populationDependencies({ population, reference }: AskedPopulation, { disclosure }: Ports): string[] {
  const { release } = reference;
  return [
    ...population.dependsOn,
    ...(release === '' ? [] : [`reference@${release}`]),
    ...(disclosure === undefined ? [] : [`disclosure@${disclosure.minimumCell}/${disclosure.roundTo}`]),
  ];
}

/**
 * The text of the answer, one group after the other. The denominator is everyone with at least one test.
 *
 * @param item name of the part that repeats what was asked
 * @param membersOf reads who belongs to each group, in the order of the groups
 */
export async function* populationText(
  { population, sourceClass }: AskedPopulation,
  item: 'variantItem' | 'rangeItem',
  question: Question,
  { includePatientList = false }: PopulationFilter,
  { disclosure = AS_IT_IS }: Ports,
  groups: readonly PopulationGroup[],
  membersOf: () => Promise<readonly SubjectSet[]>,
): AsyncGenerator<string> {
  const [members, callable] = await Promise.all([
    membersOf(),
    population.callable(
      groups.map(({ placed }) => placed),
      (input) => ofClass(input, sourceClass) && looksFor(input, question),
    ),
  ]);
  yield* parametersText(
    groups.values().map(({ text }, place) => {
      const subjects = members[place];
      if (subjects === undefined) throw new Error(`nobody said who belongs to group ${place}`);
      return countedGroup({
        name: 'variants',
        item: { name: item, text },
        numerator: told(subjects.size(), disclosure),
        denominator: told(population.subjects.length, disclosure),
        callable: told(callable[place] ?? 0, disclosure),
        // Ascending, as the ids of the population are.
        subjects: includePatientList ? subjects.places().map((one) => population.subjects[one] as string) : [],
      });
    }),
  );
}
