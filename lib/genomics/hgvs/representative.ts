import { type Allele, trim } from '../allele.ts';
import { ifLoaded } from '../if-loaded.ts';
import type { Interval } from '../interval.ts';
import { move, slides } from '../normalise.ts';
import type { Sequences } from '../ports.ts';
import { type TranscriptModel, transcriptPositionOf } from '../transcript.ts';
import { describeTranscriptWithin, maneFirst } from './describe.ts';
import { formatHgvs } from './format.ts';
import { describeProtein } from './protein.ts';

/** How an allele is told on the one transcript that stands for its gene. */
export interface TranscriptChange {
  /** With its version. */
  readonly transcript: string;
  /** c. description. */
  readonly coding: string;
  readonly protein?: string;
  /** Predicted p. description. */
  readonly change?: string;
}

/**
 * The change on the transcript that represents its place: MANE Select before MANE Plus Clinical before others, among
 * equals one that has the first base in an exon, then by accession. Undefined where no coding transcript describes it.
 *
 * @param models those at the allele's place, on its sequence
 * @param context the allele's fully-justified interval, if it slides and that is known
 * @throws UnavailableError when the reference can't be read.
 */
export async function representativeChange(
  models: readonly TranscriptModel[],
  allele: Allele,
  context: Interval | undefined,
  sequences: Sequences,
): Promise<TranscriptChange | undefined> {
  const { start0, end0 } = allele;
  const coding = models.filter(
    (model) => model.cds !== undefined && model.alignment !== 'unknown' && spans(model, start0, end0),
  );
  for (const model of exonicFirst(maneFirst(coding), start0)) {
    const description = describeTranscriptWithin(model, allele, context);
    if (description === undefined) continue;
    const named = { transcript: model.accession, coding: formatHgvs(description) };
    if (model.protein === undefined) return named;
    const change = await proteinChangeOf(model, towards3(model, allele, context), sequences);
    return { ...named, protein: model.protein, ...(change === undefined ? {} : { change }) };
  }
  return undefined;
}

function spans({ exons }: TranscriptModel, start0: number, end0: number): boolean {
  const [first, last] = [exons[0], exons.at(-1)];
  if (first === undefined || last === undefined) return false;
  return Math.min(first.start0, last.start0) < Math.max(end0, start0 + 1) && Math.max(first.end0, last.end0) > start0;
}

/** Exonic before intronic within each MANE status; the sort is stable. */
function exonicFirst(models: readonly TranscriptModel[], base0: number): readonly TranscriptModel[] {
  if (models.length < 2) return models;
  const exonic = new Set(models.filter((model) => transcriptPositionOf(model, base0)?.offset === 0));
  return [...models].sort((a, b) => (a.mane === b.mane ? Number(exonic.has(b)) - Number(exonic.has(a)) : 0));
}

/** The allele where c. describes it: moved to the 3' end of its reach, in the transcript's direction. */
export function towards3({ strand }: TranscriptModel, allele: Allele, context: Interval | undefined): Allele {
  const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
  if (context === undefined || !slides(trimmed)) return trimmed;
  return move(trimmed, strand === 1 ? context.end0 - trimmed.end0 : context.start0 - trimmed.start0);
}

/** Undefined where the bases of the transcript are not loaded: an answer without p. is still right. */
async function proteinChangeOf(
  model: TranscriptModel,
  allele: Allele,
  sequences: Sequences,
): Promise<string | undefined> {
  return ifLoaded(() => describeProtein(model, allele, sequences));
}
