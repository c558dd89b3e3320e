import type { SourceClass } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import type { StatedConsequence } from '../../lib/genomics/consequence/annotation.ts';
import type { StoredGenotype } from '../../lib/genomics/genotype-finding.ts';
import type { CalledRow } from '../../lib/genomics/star-allele/position-call.ts';
import {
  inputsBySpecimen,
  type Study,
  type StudyInput,
  type SubjectStudy,
  statesConsequences,
} from '../../lib/genomics/study.ts';
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
  imported(view: SubjectView): readonly StoredGenotype[];
  /** What the own file says of a row's allele. */
  stated(row: StoredVariant): readonly StatedConsequence[];
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
    inputs: tests.flatMap(({ assembly, inputs }) =>
      inputs.map((input): PopulationInput => ({ ...factsOf(assembly, input) })),
    ),
    alleles: ({ assembly, questions, sourceClass, stated }) =>
      oneByOne(
        people.flatMap((person, place) =>
          questions.flatMap((question) =>
            rules.simple(view(person, assembly, sourceClass), question).flatMap((row): CarriedAllele[] => {
              const { reportedStart0, ref, alt, normalised } = row;
              const said = rules.stated(row);
              const codes = said.flatMap(({ consequences }) => consequences);
              if (stated === 'nothing' && said.length > 0) return [];
              if (typeof stated === 'object' && !stated.some((code) => codes.includes(code))) return [];
              return [
                {
                  index: question.index,
                  reportedStart0,
                  ref,
                  alt,
                  ...(normalised === undefined ? {} : { normalised }),
                  ...(stated === undefined || said.length === 0 ? {} : { stated: codes }),
                  subjects: [place],
                },
              ];
            }),
          ),
        ),
      ),
    rowsNear: () => 1,
    genotypes: async (sourceClass, genes) =>
      people.flatMap(({ subject, studies }, place) => {
        const own = { subject, studies: studies.flatMap(filterOf({ genomicSourceClass: sourceClass })) };
        const asked = genes?.map((gene) => gene.toUpperCase());
        return rules
          .imported(own)
          .filter(({ gene }) => asked?.includes(gene.symbol.toUpperCase()) ?? true)
          .map((one) => ({ ...one, subjects: [place] }));
      }),
    germline(assembly) {
      let specimens = 0;
      const sources = people.flatMap((person, place) =>
        view(person, assembly, 'germline').studies.flatMap((one) =>
          inputsBySpecimen(one.samples).flatMap((inputs) => {
            const specimen = specimens++;
            return inputs.map((input) => ({
              subject: place,
              specimen,
              changeTypes: one.study.inputs[input]?.changeTypes ?? [],
              view: onlyInput(person.subject, one, input),
            }));
          }),
        ),
      );
      return {
        sources,
        calls: async (questions) =>
          questions.flatMap((question) =>
            sources.flatMap(({ view: own }, source) =>
              rules
                .simple(own, question)
                .map((row) => ({ index: question.index, row: rowCall(row), sources: [source] })),
            ),
          ),
        structural: async (questions) =>
          questions.flatMap((question) =>
            sources.flatMap(({ subject, view: own }) =>
              rules
                .related(own, question, 'intersecting')
                .map((row) => ({ ...row, index: question.index, subjects: [subject] })),
            ),
          ),
        seen: async (places) => ({
          keyOf: String,
          sees: (source, place) => {
            const [own, at] = [sources[source]?.view, places[place]];
            if (own === undefined || at === undefined) throw new Error('there is no such source or place');
            return rules.coverage(own, { ...at, index: 0 }) === 'covered';
          },
        }),
      };
    },
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
                const own = withInputs(view(person, assembly, undefined), (input) => seeing(factsOf(assembly, input)));
                return own.studies.length > 0 && rules.coverage(own, { ...at, index: 0 }) === 'covered';
              }),
            ),
          ).length,
      ),
  };
}

const factsOf = (assembly: Study['assembly'], input: StudyInput): PopulationInput => ({
  assembly,
  ...input,
  annotated: statesConsequences(input),
});

const onlyInput = (subject: string, { study, samples }: SubjectStudy, input: number): SubjectView => ({
  subject,
  studies: [{ study, samples: samples.filter((sample) => sample.input === input) }],
});

/** Without what tells rows apart that are read alike. */
function rowCall({ reportedStart0, ref, alt, genotype, allelicState, phaseSet, haplotypes }: StoredVariant): CalledRow {
  return {
    reportedStart0,
    ref,
    alt,
    ...(genotype === undefined ? {} : { genotype }),
    ...(allelicState === undefined ? {} : { allelicState }),
    ...(phaseSet === undefined ? {} : { phaseSet }),
    ...(haplotypes === undefined ? {} : { haplotypes }),
  };
}

/** Batches of one, so that nobody relies on getting all at once. */
async function* oneByOne<T>(all: readonly T[]): AsyncGenerator<readonly T[]> {
  for (const one of all) yield [one];
}
