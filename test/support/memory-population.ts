import type { SourceClass } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import type { StoredStructuralVariant, StoredVariant } from '../../lib/genomics/variant.ts';
import type { CarriedAllele, Population, PopulationInput } from '../../lib/operations/population-ports.ts';
import type {
  CoverageValue,
  RangeQuestion,
  StructuralRelation,
  SubjectRecord,
  SubjectView,
} from '../../lib/operations/ports.ts';
import { filterOf, ofAssembly, withInputs } from '../../lib/operations/subject-view.ts';

/** How the ports over arrays answer for one subject. */
interface SubjectRules {
  simple(view: SubjectView, question: RangeQuestion): readonly StoredVariant[];
  related(view: SubjectView, question: RangeQuestion, relation: StructuralRelation): readonly StoredStructuralVariant[];
  coverage(view: SubjectView, question: RangeQuestion): CoverageValue;
}

/** The population port as the union of what each subject's questions answer. */
export function memoryPopulation(records: readonly SubjectRecord[], rules: SubjectRules): Population {
  const people = records
    .filter(({ studies }) => studies.length > 0)
    .toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
  const tests = people.flatMap(({ studies }) => studies.map(({ study }) => study));
  const view = ({ subject, studies }: SubjectRecord, assembly: Assembly, sourceClass: SourceClass | undefined) =>
    ofAssembly({ subject, studies: studies.flatMap(filterOf({ genomicSourceClass: sourceClass })) }, assembly);
  return {
    subjects: people.map(({ subject }) => subject),
    dependsOn: tests.map(({ id, version }) => `${id}@${version}`),
    inputs: tests.flatMap(({ assembly, inputs }) => inputs.map((input): PopulationInput => ({ assembly, ...input }))),
    alleles: ({ assembly, questions, sourceClass }) =>
      oneByOne(
        people.flatMap((person, place) =>
          questions.flatMap((question) =>
            rules.simple(view(person, assembly, sourceClass), question).map(
              ({ reportedStart0, ref, alt }): CarriedAllele => ({
                index: question.index,
                reportedStart0,
                ref,
                alt,
                subjects: [place],
              }),
            ),
          ),
        ),
      ),
    structural: ({ assembly, questions, sourceClass }, relation) =>
      oneByOne(
        questions.map(({ index, ...question }) => ({
          index,
          subjects: people.flatMap((person, place) =>
            rules.related(view(person, assembly, sourceClass), { ...question, index }, relation).length > 0
              ? [place]
              : [],
          ),
        })),
      ),
    callable: async (groups, seeing) =>
      groups.map(
        (group) =>
          people.filter((person) =>
            group.every(({ places }) =>
              [...places].some(([assembly, at]) => {
                const own = withInputs(view(person, assembly, undefined), (input) => seeing({ assembly, ...input }));
                return own.studies.length > 0 && rules.coverage(own, { ...at, index: 0 }) === 'covered';
              }),
            ),
          ).length,
      ),
  };
}

/** Batches of one, so that nobody relies on getting all at once. */
async function* oneByOne<T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
  for (const one of all) yield [one];
}
