import { parametersText, type StreamedGroup } from '../fhir/parameters.ts';
import { type TestFacts, testParts } from '../fhir/study.ts';
import { CHANGE_TYPES, type ChangeType } from '../genomics/allele.ts';
import { sequenceOf } from '../genomics/assembly.ts';
import { type GenomicInterval, union } from '../genomics/interval.ts';
import { isSequenced, type SequencedStudy, type StudyInput, type SubjectStudy } from '../genomics/study.ts';
import type { Ports, RangeQuestion, StudyRegions, SubjectView } from './ports.ts';
import {
  assembliesHolding,
  byAssembly,
  locateRanges,
  type Place,
  type Placed,
  placeRanges,
} from './range-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import { ranges, subject, testFilters } from './shared-parameters.ts';
import { dependencies, subjectView } from './subject-view.ts';

const row = {
  code: 'find-study-metadata',
  name: 'FindStudyMetadata',
  title: 'Find Study Metadata',
  family: 'subject-operations/metadata-operations',
  doc: 'Which tests a subject had, what they looked for and, for given ranges, what they could see.',
  in: {
    subject,
    ...testFilters,
    ranges: {
      ...ranges,
      min: 0,
      doc: 'Regions for which to tell what each test studied and could not call, 0-based and half-open, of either assembly; each test answers in its own. Overlapping ones are joined.',
    },
  },
  out: {
    tests: {
      min: 0,
      max: '*',
      doc: 'One for each test, by date.',
      part: {
        testId: { type: 'string', min: 1, max: '1', doc: 'Identifier of the test.' },
        testDate: { type: 'dateTime', min: 1, max: '1', doc: 'Day of the test.' },
        specimenId: { type: 'string', min: 0, max: '1', doc: 'The specimen; left out when the test had several.' },
        genomicBuild: { type: 'CodeableConcept', min: 0, max: '1', doc: 'Assembly of the test, as a LOINC answer.' },
        dnaChangeType: {
          type: 'CodeableConcept',
          min: 0,
          max: '1',
          doc: 'Kinds of change the test looks for: one coding each, of the Sequence Ontology. Left out when unknown.',
        },
        regionStudied: {
          type: 'string',
          min: 0,
          max: '1',
          doc: "What the test studied of the ranges, as `['NC_000007.14:55174721-55174820']`, or `unknown`.",
        },
        uncallableRegions: {
          type: 'string',
          min: 0,
          max: '1',
          doc: 'What the test could not call of the ranges, written the same way, or `unknown`.',
        },
      },
    },
  },
  example: { subject: 'demo-hereditary-cancer', ranges: 'NC_000007.14:5970924-6009049' },
} as const satisfies OperationRow;

/** Tests of one subject. */
export const findStudyMetadata: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const located = locateRanges(input.ranges ?? []);
    const [view, reference] = await Promise.all([subjectView(input.subject, input, ports), ports.reference()]);
    const needed = assembliesHolding(view, (one) => one.studiedRegions || one.uncallableRegions);
    const placed = await placeRanges(located, needed, reference);

    async function* groups(): AsyncGenerator<StreamedGroup> {
      const regions = placed.length === 0 ? undefined : await readRegions(view, placed, ports);
      for (const study of shownTests(view.studies)) yield { name: 'tests', part: [testParts(factsOf(study, regions))] };
    }
    return { dependsOn: dependencies(view, reference), run: () => parametersText(groups()) };
  },
};

/** Genotypes that were imported for a test are shown with it, and not as a second test. */
function shownTests(studies: readonly SubjectStudy[]): readonly SubjectStudy[] {
  const nameOf = ({ study }: SubjectStudy): string => JSON.stringify([study.testId, study.testDate]);
  return [...Map.groupBy(studies, nameOf).values()].flatMap((test) => {
    const sequenced = test.filter(({ study }) => isSequenced(study));
    return sequenced.length > 0 ? sequenced : test.slice(0, 1);
  });
}

async function readRegions(
  view: SubjectView,
  placed: readonly Placed[],
  { variants }: Ports,
): Promise<readonly StudyRegions[]> {
  const parts = byAssembly(view, placed, (_, place) => place);
  const read = await Promise.all(parts.map((part) => variants.regions(part.view, merged(part.questions))));
  return read.flat();
}

/** Overlapping ranges joined, so that no region is told twice. */
function merged(questions: readonly Place[]): readonly RangeQuestion[] {
  return [...Map.groupBy(questions, ({ chromosome }) => chromosome)]
    .flatMap(([chromosome, intervals]) => union(intervals).map((interval) => ({ ...interval, chromosome })))
    .map((question, index) => ({ ...question, index }));
}

function factsOf({ study, samples }: SubjectStudy, regions: readonly StudyRegions[] | undefined): TestFacts {
  const inputs = study.inputs.filter((_, index) => samples.some(({ input }) => input === index));
  const specimens = new Set(samples.flatMap(({ specimen }) => specimen ?? []));
  const facts = {
    study,
    specimen: specimens.size === 1 ? [...specimens][0] : undefined,
    changeTypes: changeTypesOf(inputs),
  };
  if (regions === undefined) return facts;
  const of = (kind: StudyRegions['kind'], told: (input: StudyInput) => boolean) =>
    isSequenced(study) && inputs.some(told) ? regionsOf(study, kind, regions) : 'unknown';
  return {
    ...facts,
    regions: {
      studied: of('studied', (input) => input.studiedRegions),
      uncallable: of('uncallable', (input) => input.uncallableRegions),
    },
  };
}

/** In the fixed order of the table; undefined when any input's are unknown and none is known. */
function changeTypesOf(inputs: readonly StudyInput[]): readonly ChangeType[] | undefined {
  const known = new Set(inputs.flatMap(({ changeTypes }) => changeTypes ?? []));
  return known.size === 0 ? undefined : CHANGE_TYPES.filter((type) => known.has(type));
}

function regionsOf(
  { id, assembly }: SequencedStudy,
  kind: StudyRegions['kind'],
  regions: readonly StudyRegions[],
): readonly GenomicInterval[] {
  const own = regions.filter((one) => one.study === id && one.kind === kind);
  return [...Map.groupBy(own, ({ chromosome }) => chromosome)].flatMap(([chromosome, lists]) => {
    const accession = sequenceOf(assembly, chromosome)?.accession;
    if (accession === undefined) throw new Error(`${assembly} has no chromosome ${chromosome}`);
    return union(lists.flatMap((list) => list.regions)).map((interval) => ({ ...interval, accession }));
  });
}
