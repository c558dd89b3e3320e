import type { Observation, ParametersParameter } from '@medplum/fhirtypes';
import { molecularConsequence } from '../fhir/consequence.ts';
import { flatParametersText } from '../fhir/parameters.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { type StudyInput, statesConsequences } from '../genomics/study.ts';
import { consequenceRows, type RowBatch } from './consequence-rows.ts';
import { type AskedTerms, askedTerms } from './consequence-terms.ts';
import type { RowQuestion } from './known-rows.ts';
import { simpleObservations } from './named-variants.ts';
import { placeVariants } from './placed-variants.ts';
import type { Ports, Reference, SubjectView } from './ports.ts';
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
import { dependencies, mayHold, subjectView } from './subject-view.ts';
import { toldConsequences } from './told-consequences.ts';
import { readVariants } from './variant-questions.ts';

const row = {
  code: 'find-subject-molecular-consequences',
  name: 'FindSubjectMolecularConsequences',
  title: 'Find Subject Molecular Consequences',
  family: 'subject-operations/phenotype-operations',
  doc: 'What the variants of a subject do to transcripts and proteins: as the files themselves state it, else computed from transcript models. All parameters that are given must hold; without variants, ranges and featureConsequences the answer is empty.',
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
    const { variants = [], ranges = [], featureConsequences = [] } = input;
    const read = readVariants(variants);
    const located = locateRanges(ranges);
    const terms = askedTerms(featureConsequences);
    const [view, reference] = await Promise.all([subjectView(input.subject, input, ports), ports.reference()]);
    const dependsOn = dependencies(view, reference);
    if (read.length === 0 && located.length === 0 && terms === undefined) {
      return { dependsOn, run: () => flatParametersText(nothing()) };
    }
    const needed = assembliesHolding(view, (one) => mayHold(one, 'simple'));
    checkTranscripts(view, needed, terms, reference);
    const [placedVariants, placedRanges] = await Promise.all([
      read.length === 0 ? undefined : placeVariants(read, needed, reference),
      located.length === 0 ? undefined : placeRanges(located, needed, reference),
    ]);
    const asked = { variants: placedVariants, ranges: placedRanges };
    return { dependsOn, run: () => flatParametersText(parts(view, asked, terms, ports, reference)) };
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
    if (!transcripts.assemblies.includes(study.assembly)) {
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
  asked: RowQuestion,
  terms: AskedTerms | undefined,
  ports: Ports,
  reference: Reference,
): AsyncGenerator<readonly ParametersParameter[]> {
  const observationsOf = simpleObservations(view, reference);
  const once = oncePerPlace();
  for await (const batch of consequenceRows(view, asked, terms, ports, reference)) {
    const told = await toldOf(batch, terms, reference);
    const observations = await observationsOf(told.map(({ variant }) => variant));
    yield told.flatMap(({ variant, consequences }, place) => {
      const resource = observations[place];
      if (resource?.id === undefined) throw new Error('a row has no Observation');
      const { id } = resource;
      const all = consequences.map((one) => molecularConsequence(one, variant, id));
      return [
        ...once(variant.start0, all).map((consequence) => ({ name: 'consequence', resource: consequence })),
        ...once(variant.start0, [resource]).map((one) => ({ name: 'variant', resource: one })),
      ];
    });
  }
}

async function toldOf({ rows, models }: RowBatch, terms: AskedTerms | undefined, reference: Reference) {
  const told = await Promise.all(
    rows.map(async (one) => ({
      variant: one.variant,
      consequences: await toldConsequences(one, models, terms, reference),
    })),
  );
  return told.filter(({ consequences }) => consequences.length > 0);
}

/**
 * Lets every resource through once. Equal rows are of one study, have equal positions and come one after the other, so
 * that only the ids of the current position are kept: a genome's answer may hold millions.
 */
function oncePerPlace(): (position: number, resources: readonly Observation[]) => readonly Observation[] {
  const given = new Set<string>();
  let current = -1;
  return (position, resources) => {
    if (position !== current) given.clear();
    current = position;
    return resources.filter(({ id = '' }) => !given.has(id) && given.add(id).size > 0);
  };
}
