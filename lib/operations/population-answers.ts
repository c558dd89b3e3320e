import { parametersText } from '../fhir/parameters.ts';
import { countedGroup } from '../fhir/population.ts';
import type { SourceClass } from '../genomics/allele.ts';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { AS_IT_IS, listsAllowed, told } from './disclosure.ts';
import type { Population, PopulationInput } from './population-ports.ts';
import type { Knowledge, Ports, Reference } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';
import type { SubjectSet } from './subject-set.ts';
import { looksFor, mayHold, type Question, sourceClassOf } from './subject-view.ts';

/** What every question about a population has. */
export interface PopulationFilter {
  readonly genomicSourceClass?: string | undefined;
  readonly includePatientList?: boolean | undefined;
}

/** One group of the answer. */
export interface PopulationGroup {
  /** What was asked; absent in answers of one group. */
  readonly text?: string;
  /** What must have been seen to know who does not belong to it; absent where that does not rest on places. */
  readonly placed?: readonly Placed<Place>[];
}

/** Who belongs to a group. */
export interface GroupMembers {
  readonly subjects: SubjectSet;
  /**
   * Everyone of whom it is known whether they belong to it. Absent: those who saw the places of the group; where it has
   * none, or `not told`, the answer does not say.
   */
  readonly known?: SubjectSet | 'not told';
}

/** Names of the parts of an answer. */
export interface GroupNames {
  readonly name: 'variants' | 'haplotypes' | 'implications' | 'consequences';
  /** The part that repeats what was asked. */
  readonly item?: 'variantItem' | 'rangeItem' | 'haplotypeItem';
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

export const ofClass = (input: PopulationInput, sourceClass: SourceClass | undefined): boolean =>
  sourceClass === undefined || input.sourceClass === sourceClass;

/** What an answer rests on. */
export function populationDependencies(
  { population, reference }: AskedPopulation,
  { disclosure }: Ports,
  knowledge?: Knowledge,
): string[] {
  const { release } = reference;
  return [
    ...population.dependsOn,
    ...(release === '' ? [] : [`reference@${release}`]),
    ...(knowledge === undefined || knowledge.release === '' ? [] : [`knowledge@${knowledge.release}`]),
    ...(disclosure === undefined ? [] : [`disclosure@${disclosure.minimumCell}/${disclosure.roundTo}`]),
  ];
}

/**
 * The text of the answer, one group after the other. The denominator is everyone with at least one test.
 *
 * @param membersOf reads who belongs to each group, in the order of the groups
 */
export async function* populationText(
  asked: AskedPopulation,
  { name, item }: GroupNames,
  question: Question,
  { includePatientList = false }: PopulationFilter,
  { disclosure = AS_IT_IS }: Ports,
  groups: readonly PopulationGroup[],
  membersOf: () => Promise<readonly GroupMembers[]>,
): AsyncGenerator<string> {
  const { population } = asked;
  const [members, seen] = await Promise.all([membersOf(), countSeen(asked, question, groups)]);
  yield* parametersText(
    groups.values().map((group, place) => {
      const own = members[place];
      if (own === undefined) throw new Error(`nobody said who belongs to group ${place}`);
      const { subjects, known } = own;
      const callable = known === undefined ? seen.get(group) : known === 'not told' ? undefined : known.size();
      return countedGroup({
        name,
        ...(item === undefined || group.text === undefined ? {} : { item: { name: item, text: group.text } }),
        numerator: told(subjects.size(), disclosure),
        denominator: told(population.subjects.length, disclosure),
        ...(callable === undefined ? {} : { callable: told(callable, disclosure) }),
        // Ascending, as the ids of the population are.
        subjects: includePatientList ? subjects.places().map((one) => population.subjects[one] as string) : [],
      });
    }),
  );
}

/** How many subjects saw all places of each group that has any. */
async function countSeen(
  { population, sourceClass }: AskedPopulation,
  question: Question,
  groups: readonly PopulationGroup[],
): Promise<ReadonlyMap<PopulationGroup, number>> {
  const placed = groups.filter((group) => group.placed !== undefined);
  if (placed.length === 0) return new Map();
  const counts = await population.callable(
    placed.map((group) => group.placed ?? []),
    (input) => ofClass(input, sourceClass) && looksFor(input, question),
  );
  if (counts.length !== placed.length) throw new Error('fewer groups were counted than were asked');
  return new Map(placed.map((group, place) => [group, counts[place] as number]));
}

/** The answer to a question that asks for nothing: there is no group. */
export const nothingAsked = (): AsyncIterable<string> => parametersText([]);
