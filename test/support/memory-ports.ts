import { trim } from '../../lib/genomics/allele.ts';
import type { StoredGenotype } from '../../lib/genomics/genotype-finding.ts';
import { type Interval, intersection, intersects, lengthOf, subsumes, subtract } from '../../lib/genomics/interval.ts';
import { sameEvent } from '../../lib/genomics/same-event.ts';
import type { StoredStructuralVariant, StoredVariant } from '../../lib/genomics/variant.ts';
import type {
  AnnotatedVariant,
  Answer,
  CoverageValue,
  Knowledge,
  Ports,
  RangeQuestion,
  Reference,
  StructuralRelation,
  StudyRegions,
  SubjectRecord,
  SubjectView,
} from '../../lib/operations/ports.ts';
import { noKnowledge } from './memory-knowledge.ts';
import { memoryPopulation } from './memory-population.ts';
import { memoryReference } from './memory-reference.ts';

/** Regions of one input of a study, as a BED gives them. */
interface InputRegions extends StudyRegions {
  readonly input: number;
}

/** Everything a small archive holds. */
export interface MemoryArchive {
  readonly subjects: readonly SubjectRecord[];
  readonly variants?: readonly StoredVariant[];
  readonly structural?: readonly StoredStructuralVariant[];
  /** What files say of alleles, by any row that states one. */
  readonly consequences?: readonly AnnotatedVariant[];
  readonly regions?: readonly InputRegions[];
  readonly genotypes?: readonly StoredGenotype[];
  /** Without it, none is loaded. */
  readonly knowledge?: Knowledge;
  /** Without it, no reference data is loaded. */
  readonly reference?: Reference;
}

/** The ports over plain arrays, each rule written with the interval algebra and nothing else. */
export function memoryPorts({
  subjects,
  variants = [],
  structural = [],
  consequences = [],
  regions = [],
  genotypes = [],
  reference = memoryReference(),
  knowledge = noKnowledge,
}: MemoryArchive): Ports {
  const byPosition = (a: Interval, b: Interval) => a.start0 - b.start0;
  const simpleRows = [...variants].sort(byPosition);
  const structuralRows = [...structural].sort(byPosition);

  function simple(view: SubjectView, question: RangeQuestion): readonly StoredVariant[] {
    return simpleRows.filter(
      (row) =>
        sees(view, row) &&
        row.chromosome === question.chromosome &&
        (intersects(row, question) || (row.normalised !== undefined && intersects(row.normalised, question))),
    );
  }

  function statedOf(variant: StoredVariant): AnnotatedVariant['stated'] {
    return consequences.find((one) => isAllele(one.variant, variant))?.stated ?? [];
  }

  function imported(view: SubjectView): readonly StoredGenotype[] {
    return genotypes.filter(
      ({ study, input, subject }) => subject === view.subject && seesInput(view, study.id, input),
    );
  }

  function related(view: SubjectView, question: RangeQuestion, relation: StructuralRelation) {
    return structuralRows.filter((row) => {
      if (!sees(view, row) || row.chromosome !== question.chromosome) return false;
      if (relation === 'intersecting') return intersects(row.outer, question);
      return row.inner !== undefined && subsumes(row.inner, question);
    });
  }

  return {
    studies: {
      subject: async (subject) => subjects.find((one) => one.subject === subject),
    },
    variants: {
      simple: (view, questions) => answers(questions, (question) => simple(view, question)),
      alleles: (view, questions) =>
        answers(questions, (question) =>
          simpleRows.filter((row) => {
            const allele = trim(row.reportedStart0, row.ref.toUpperCase(), row.alt.toUpperCase());
            const matches = sees(view, row) && row.chromosome === question.chromosome;
            return matches && sameEvent(question, question.context, allele);
          }),
        ),
      annotated: (view, questions, codes) =>
        answers(questions, (question) =>
          simple(view, question).flatMap((variant) => {
            const stated = statedOf(variant);
            const wanted = stated.filter((one) => codes?.some((code) => one.consequences.includes(code)) ?? true);
            return stated.length > 0 && wanted.length === 0 ? [] : [{ variant, stated: wanted }];
          }),
        ),
      structural: (view, questions, relation) => answers(questions, (question) => related(view, question, relation)),
      present: async (view, questions, relation) =>
        new Set(
          questions
            .filter((question) =>
              relation === 'simple' ? simple(view, question).length > 0 : related(view, question, relation).length > 0,
            )
            .map(({ index }) => index),
        ),
      coverage: async (view, questions) => questions.map((question) => coverage(view, question, regions)),
      regions: async (view, questions) =>
        regions
          .filter((one) => seesInput(view, one.study, one.input))
          .map((one) => {
            const asked = questions.filter(({ chromosome }) => chromosome === one.chromosome);
            return { ...one, regions: intersection(one.regions, asked) };
          }),
    },
    genotypes: {
      imported: async (view) => imported(view),
    },
    reference: async () => reference,
    knowledge: async () => knowledge,
    population: async () =>
      memoryPopulation(subjects, {
        simple,
        related,
        coverage: (view, question) => coverage(view, question, regions),
        imported,
        stated: statedOf,
      }),
  };
}

async function* answers<Q extends { readonly index: number }, Row>(
  questions: readonly Q[],
  rowsOf: (question: Q) => readonly Row[],
): AsyncGenerator<readonly Answer<Row>[]> {
  for (const question of questions) {
    const rows = rowsOf(question);
    // Two rows a batch, so that batches end inside and between questions.
    for (let from = 0; from < rows.length; from += 2) {
      yield rows.slice(from, from + 2).map((row) => ({ index: question.index, row }));
    }
  }
}

function sees(view: SubjectView, { study, input, subject }: StoredVariant | StoredStructuralVariant): boolean {
  return subject === view.subject && seesInput(view, study.id, input);
}

function seesInput(view: SubjectView, study: string, input: number): boolean {
  return view.studies.some((one) => one.study.id === study && one.samples.some((sample) => sample.input === input));
}

function coverage(view: SubjectView, question: RangeQuestion, regions: readonly InputRegions[]): CoverageValue {
  const own = regions.filter(
    ({ study, input, chromosome }) => seesInput(view, study, input) && chromosome === question.chromosome,
  );
  const ofKind = (kind: StudyRegions['kind']) => own.filter((one) => one.kind === kind).flatMap((one) => one.regions);
  if (!view.studies.some(({ study }) => study.inputs.some(({ studiedRegions }) => studiedRegions))) return 'unknown';
  const callable = intersection(subtract(ofKind('studied'), ofKind('uncallable')), [question]);
  const seen = lengthOf(callable);
  if (seen === 0) return 'not-covered';
  return seen === question.end0 - question.start0 ? 'covered' : 'partly';
}

function isAllele(a: StoredVariant, b: StoredVariant): boolean {
  const keys = ['input', 'chromosome', 'reportedStart0', 'ref', 'alt'] as const;
  return a.study.id === b.study.id && keys.every((key) => a[key] === b[key]);
}
