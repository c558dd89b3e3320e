import type { ToldConsequence } from '../fhir/consequence.ts';
import { type Allele, trim } from '../genomics/allele.ts';
import { type Assembly, sequenceOf } from '../genomics/assembly.ts';
import type { StatedConsequence } from '../genomics/consequence/annotation.ts';
import { placedOn } from '../genomics/consequence/gene-structure.ts';
import { type Prediction, predictConsequences } from '../genomics/consequence/predict.ts';
import { strongestImpact, termOf } from '../genomics/consequence/terms.ts';
import { describeTranscriptWithin } from '../genomics/hgvs/describe.ts';
import { formatHgvs } from '../genomics/hgvs/format.ts';
import { describeProtein } from '../genomics/hgvs/protein.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import type { Interval } from '../genomics/interval.ts';
import type { Sequences } from '../genomics/ports.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import type { StatedVariant } from '../genomics/variant.ts';
import { type AskedTerms, answers } from './consequence-terms.ts';
import type { ModelsByChromosome } from './models-over.ts';
import { contextOf } from './named-variants.ts';
import type { AnnotatedVariant, Reference } from './ports.ts';

/**
 * The consequences of a row that answer a request: as its file states them or, where it says nothing of the allele, as
 * transcript models have them.
 *
 * @throws UnavailableError when reference data can't be read
 */
export async function toldConsequences(
  { variant, stated }: AnnotatedVariant,
  models: ModelsByChromosome,
  terms: AskedTerms | undefined,
  reference: Reference,
): Promise<readonly ToldConsequence[]> {
  if (stated.length > 0) return stated.map(asStated);
  const found = await predicted(variant, variant.study.assembly, models, terms, reference);
  return Promise.all(found.map((one) => computed(one, reference)));
}

/** Whether an allele has a computed consequence that answers a request. @throws UnavailableError */
export async function hasConsequence(
  variant: StatedVariant,
  assembly: Assembly,
  models: ModelsByChromosome,
  terms: AskedTerms | undefined,
  reference: Reference,
): Promise<boolean> {
  return (await predicted(variant, assembly, models, terms, reference)).length > 0;
}

function asStated({ tool, ...one }: StatedConsequence): ToldConsequence {
  return { ...one, pipeline: `${tool}, as the file of the test states it` };
}

/** What an allele does to one transcript. */
interface Predicted extends Prediction {
  readonly model: TranscriptModel;
  readonly allele: Allele;
  readonly context: Interval | undefined;
  /** As it lies on the transcript. */
  readonly placed: Allele;
}

async function predicted(
  variant: StatedVariant,
  assembly: Assembly,
  models: ModelsByChromosome,
  terms: AskedTerms | undefined,
  { sequences }: Reference,
): Promise<readonly Predicted[]> {
  const { chromosome, reportedStart0, ref, alt, normalised } = variant;
  const allele = trim(reportedStart0, ref.toUpperCase(), alt.toUpperCase());
  const index = models.get(chromosome);
  if (index === undefined || index.over(around(allele, normalised)).length === 0) return [];
  const accession = sequenceOf(assembly, chromosome)?.accession ?? '';
  const context = normalised ?? (await contextOf(accession, variant, allele, sequences));
  const told = index.over(around(allele, context)).map(async (model): Promise<Predicted | undefined> => {
    const placed = placedOn(model, allele, context);
    const found = await predictConsequences(model, placed, sequences);
    if (found === undefined || !answers(terms, found.consequences, found.possible)) return undefined;
    return { ...found, model, allele, context, placed };
  });
  return (await Promise.all(told)).flatMap((one) => one ?? []);
}

/** Everywhere an allele may be placed; an insertion touches the bases on both of its sides. */
function around({ start0, end0 }: Interval, context: Interval | undefined): Interval {
  const [from, to] = [context?.start0 ?? start0, context?.end0 ?? end0];
  return { start0: (from > 0 ? from - 1 : from) as Interval['start0'], end0: (to + 1) as Interval['end0'] };
}

async function computed(
  { model, allele, context, placed, consequences, possible, change }: Predicted,
  { sequences, transcripts }: Reference,
): Promise<ToldConsequence> {
  const description = model.alignment === 'unknown' ? undefined : describeTranscriptWithin(model, allele, context);
  const pHgvs = model.alignment === 'unknown' ? undefined : await proteinHgvs(model, placed, change, sequences);
  return {
    consequences,
    impact: strongestImpact(consequences),
    transcript: model.accession,
    ...(description === undefined ? {} : { cHgvs: formatHgvs(description) }),
    ...(pHgvs === undefined ? {} : { pHgvs, protein: model.protein }),
    pipeline: `Computed by this server from transcript models: ${transcripts.release}`,
    ...(possible.length === 0 ? {} : { note: undeterminedNote(possible) }),
  };
}

/** By the whole protein or, where only some bases of the transcript are loaded, by the codons that are replaced. */
async function proteinHgvs(
  model: TranscriptModel,
  allele: Allele,
  change: string | undefined,
  sequences: Sequences,
): Promise<string | undefined> {
  const described = await ifLoaded(() => describeProtein(model, allele, sequences));
  if (described !== undefined || change === undefined || model.protein === undefined) return described;
  return `${model.protein}:p.(${change})`;
}

function undeterminedNote(possible: readonly string[]): string {
  const names = possible.map((code) => termOf(code)?.name ?? code).join(', ');
  return `Not determined: whether one of ${names} holds. Bases or the alignment of the transcript are not loaded, are not those of the record, or are not in a known frame.`;
}
