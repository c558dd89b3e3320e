import { parametersText } from '../fhir/parameters.ts';
import { countedGroup } from '../fhir/population.ts';
import type { SourceClass } from '../genomics/allele.ts';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { AS_IT_IS, listsAllowed, told } from './disclosure.ts';
import type { Population, PopulationInput, SubjectSet } from './population-ports.ts';
import type { Knowledge, Ports, Reference } from './ports.ts';
import type { Place, Placed } from './range-questions.ts';
import { looksFor, mayHold, type Question, sourceClassOf } from './subject-view.ts';

/** What every question about a population has. */
export interface PopulationFilter {
  readonly genomicSourceClass?: string | undefined;
  readonly includePatientList?: boolean | undefined;
}

/** One group of the answer: who belongs to it, and of how many others it is known that they do not. */
export interface PopulationGroup {
  /** What was asked; absent in answers of one group. */
  readonly text?: string;
  readonly subjects: SubjectSet;
  /** What must have been seen to know who does not belong to it. */
  readonly placed?: readonly Placed<Place>[];
  /** Everyone of whom it is known, where that does not rest on places. Without either, it is not told. */
  readonly known?: SubjectSet;
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

/** The text of the answer, one group after the other. The denominator is everyone with at least one test. */
export async function* populationText(
  { population, sourceClass }: AskedPopulation,
  { name, item }: GroupNames,
  question: Question,
  { includePatientList = false }: PopulationFilter,
  { disclosure = AS_IT_IS }: Ports,
  groupsOf: () => Promise<readonly PopulationGroup[]>,
): AsyncGenerator<string> {
  const groups = await groupsOf();
  const seeing = groups.filter(({ placed }) => placed !== undefined);
  const seen = await population.callable(
    seeing.map(({ placed = [] }) => placed),
    (input) => ofClass(input, sourceClass) && looksFor(input, question),
  );
  const callable = new Map(seeing.map((group, place) => [group, seen[place] ?? 0]));
  yield* parametersText(
    groups.map((group) => {
      const { text, subjects } = group;
      const known = group.known?.size ?? callable.get(group);
      return countedGroup({
        name,
        ...(item === undefined || text === undefined ? {} : { item: { name: item, text } }),
        numerator: told(subjects.size, disclosure),
        denominator: told(population.subjects.length, disclosure),
        ...(known === undefined ? {} : { callable: told(known, disclosure) }),
        subjects: includePatientList ? idsOf(subjects, population) : [],
      });
    }),
  );
}

/** The answer to a question that asks for nothing: there is no group. */
export const nothingAsked = (): AsyncIterable<string> => parametersText([]);

/** Ids of a set, ascending as those of the population are. */
function idsOf(subjects: SubjectSet, population: Population): string[] {
  return Int32Array.from(subjects)
    .sort()
    .reduce<string[]>((ids, place) => {
      ids.push(population.subjects[place] as string);
      return ids;
    }, []);
}
