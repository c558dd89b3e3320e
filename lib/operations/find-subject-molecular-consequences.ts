import type { Observation, ParametersParameter } from '@medplum/fhirtypes';
import { molecularConsequence } from '../fhir/consequence.ts';
import { flatParametersText } from '../fhir/parameters.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { type StudyInput, statesConsequences } from '../genomics/study.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import { consequenceRows, type RowBatch } from './consequence-rows.ts';
import { type AskedTerms, askedTerms } from './consequence-terms.ts';
import { type ConsequenceQuestion, checkFunctions, knownConsequences, type ToldVariant } from './known-consequences.ts';
import { nameOf, type RowQuestion, rowsOfVariants } from './known-rows.ts';
import type { ModelsByChromosome } from './models-over.ts';
import { simpleObservations } from './named-variants.ts';
import { placeVariants } from './placed-variants.ts';
import type { Knowledge, Ports, Reference, SubjectView } from './ports.ts';
import { assembliesHolding, locateRanges, placeRanges } from './range-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  derivedVariant,
  featureConsequences,
  genomicSourceClass,
  optionalRanges,
  optionalVariants,
  subject,
  testFilters,
} from './shared-parameters.ts';
import { checkCarried } from './statement-questions.ts';
import { dependencies, mayHold, subjectView } from './subject-view.ts';
import { toldConsequences } from './told-consequences.ts';
import { readVariants } from './variant-questions.ts';

/** Rows of which only knowledge tells, at a time. */
const ROWS_AT_A_TIME = 1_000;

const row = {
  code: 'find-subject-molecular-consequences',
  name: 'FindSubjectMolecularConsequences',
  title: 'Find Subject Molecular Consequences',
  family: 'subject-operations/phenotype-operations',
  doc: 'What the variants of a subject do to transcripts and proteins: as the files themselves state it, else computed from transcript models; and what the loaded knowledge says of them, effects on the function included. All parameters that are given must hold; without variants, ranges and featureConsequences the answer is empty.',
  in: {
    subject,
    variants: optionalVariants,
    ranges: optionalRanges,
    featureConsequences,
    ...testFilters,
    genomicSourceClass,
  },
  out: {
    consequence: {
      type: 'Observation',
      profile: 'molecular-consequence',
      min: 0,
      max: '*',
      doc: 'What one variant does to one transcript, with its source; several feature consequences of one hold together. Followed by the variant.',
    },
    variant: derivedVariant,
  },
  example: { subject: 'demo-carrier', featureConsequences: 'stop_gained,frameshift_variant' },
} as const satisfies OperationRow;

/** Molecular consequences of one subject's variants. */
export const findSubjectMolecularConsequences: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const { variants = [], ranges = [], featureConsequences: tokens = [] } = input;
    const read = readVariants(variants);
    const located = locateRanges(ranges);
    const terms = askedTerms(tokens);
    const [view, reference, knowledge] = await Promise.all([
      subjectView(input.subject, input, ports),
      ports.reference(),
      ports.knowledge(),
    ]);
    const dependsOn = dependencies(view, reference, knowledge);
    if (read.length === 0 && located.length === 0 && terms === undefined) {
      return { dependsOn, run: () => flatParametersText(nothing()) };
    }
    const needed = assembliesHolding(view, (one) => mayHold(one, 'simple'));
    checkFunctions(knowledge, terms);
    checkCarried(knowledge, 'mc', needed);
    checkTranscripts(view, needed, terms, reference);
    const [placedVariants, placedRanges] = await Promise.all([
      read.length === 0 ? undefined : placeVariants(read, needed, reference),
      located.length === 0 ? undefined : placeRanges(located, needed, reference),
    ]);
    const asked = { variants: placedVariants, ranges: placedRanges };
    return { dependsOn, run: () => flatParametersText(parts(view, asked, terms, ports, reference, knowledge)) };
  },
};

async function* nothing(): AsyncGenerator<readonly ParametersParameter[]> {}

/**
 * Refuses what would be an empty answer only because nothing could tell: files that state no consequences where no
 * transcripts are loaded, or where the asked consequence is never computed.
 *
 * @throws CannotAnswerError
 */
function checkTranscripts(
  view: SubjectView,
  needed: ReturnType<typeof assembliesHolding>,
  terms: AskedTerms | undefined,
  { transcripts }: Reference,
): void {
  const silent = (input: StudyInput): boolean => mayHold(input, 'simple') && !statesConsequences(input);
  for (const { study } of view.studies) {
    if (study.assembly === undefined || !needed.includes(study.assembly) || !study.inputs.some(silent)) continue;
    if (terms?.computed !== false && !transcripts.assemblies.includes(study.assembly)) {
      throw new CannotAnswerError(
        `files of test ${study.testId} state no consequences of their variants, and no transcript models of ${study.assembly} are loaded to compute them; add RefSeq GFF3, cdot JSON or MANE with 'genomics reference add --transcripts FILE'`,
      );
    }
    if (terms?.stated !== undefined) {
      throw new CannotAnswerError(
        `'${terms.stated}' is not computed here, and files of test ${study.testId} state no consequences`,
        'featureConsequences',
      );
    }
  }
}

/** Consequences of some rows at a time, each group followed by its variant. */
async function* parts(
  view: SubjectView,
  { variants, ranges }: RowQuestion,
  terms: AskedTerms | undefined,
  ports: Ports,
  reference: Reference,
  knowledge: Knowledge,
): AsyncGenerator<readonly ParametersParameter[]> {
  const asked: ConsequenceQuestion =
    variants === undefined ? { ranges } : { rows: await allOf(rowsOfVariants(view, variants, ranges, ports)) };
  const known = await knownConsequences(view, asked, terms, knowledge, ports, reference);
  const observationsOf = simpleObservations(view, reference);
  const once = oncePerPlace(known);
  const partsOf = async (told: readonly ToldVariant[], models?: ModelsByChromosome) => {
    const variants = told.map(({ variant }) => variant);
    const observations = await observationsOf(variants, models);
    return told.flatMap(({ variant, consequences }, place) => {
      const resource = observations[place];
      if (resource?.id === undefined) throw new Error('a row has no Observation');
      const { id } = resource;
      const all = consequences.map((one) => molecularConsequence(one, variant, id));
      return [
        ...once(variant, all).map((consequence) => ({ name: 'consequence', resource: consequence })),
        ...once(variant, [resource]).map((one) => ({ name: 'variant', resource: one })),
      ];
    });
  };
  const left = new Map(known);
  for await (const batch of consequenceRows(view, asked, terms, ports, reference)) {
    const told = await toldOf(batch, known, terms, reference);
    for (const { variant } of told) left.delete(nameOf(variant));
    yield await partsOf(told, batch.models);
  }
  // Of these, nothing but knowledge tells.
  for (const [, some] of Map.groupBy([...left.values()].entries(), ([place]) => Math.floor(place / ROWS_AT_A_TIME))) {
    yield await partsOf(some.map(([, told]) => told));
  }
}

async function allOf<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function toldOf(
  { rows, models }: RowBatch,
  known: ReadonlyMap<string, ToldVariant>,
  terms: AskedTerms | undefined,
  reference: Reference,
): Promise<readonly ToldVariant[]> {
  const told = await Promise.all(
    rows.map(async (one) => {
      const found = await toldConsequences(one, models, terms, reference);
      const more = known.size === 0 ? undefined : known.get(nameOf(one.variant));
      return { variant: one.variant, consequences: [...found, ...(more?.consequences ?? [])] };
    }),
  );
  return told.filter(({ consequences }) => consequences.length > 0);
}

/**
 * Lets every resource through once. Equal rows are of one study, have equal positions and come one after the other, so
 * that only the ids of the current position are kept (a genome's answer may hold millions), and those of rows of which
 * anything is known: an equal one may be told of at the end.
 */
function oncePerPlace(known: ReadonlyMap<string, ToldVariant>) {
  const given = new Set<string>();
  const kept = new Set<string>();
  let current = -1;
  return (variant: StoredVariant, resources: readonly Observation[]): readonly Observation[] => {
    if (variant.start0 !== current) given.clear();
    current = variant.start0;
    const fresh = resources.filter(({ id = '' }) => !kept.has(id) && !given.has(id) && given.add(id).size > 0);
    if (known.size > 0 && known.has(nameOf(variant))) for (const { id = '' } of fresh) kept.add(id);
    return fresh;
  };
}
