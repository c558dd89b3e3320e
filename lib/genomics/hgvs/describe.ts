import { type Allele, reverseComplement, trim } from '../allele.ts';
import { interbase, shift } from '../coordinates.ts';
import type { Interval } from '../interval.ts';
import { move, reachOf, slides } from '../normalise.ts';
import type { Sequences } from '../ports.ts';
import { type TranscriptModel, transcriptPositionOf } from '../transcript.ts';
import { oriented } from './edit.ts';
import { hgvsPosition } from './transcript-position.ts';
import { basePosition, type HgvsEdit, type HgvsVariant } from './variant.ts';

/** A change in the words of HGVS: which bases of the plus strand it names, and what happens to them. */
interface Description {
  /** First and last base named, 0-based, in plus-strand order; for an insertion its two neighbours. */
  readonly first0: number;
  readonly last0: number;
  readonly edit: HgvsEdit;
}

/**
 * Describes an allele in the direction of `strand`: an insertion or deletion as far 3' as it slides, a repeat of what
 * stands before it as a duplication, a replacement by the other strand as an inversion. Without a context nothing
 * slides and no duplication is seen.
 *
 * @param context the allele's fully-justified interval
 */
function describe(allele: Allele, strand: 1 | -1, context: Interval | undefined): Description | undefined {
  const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
  const { deleted, inserted } = trimmed;
  if (deleted === '' && inserted === '') {
    if (allele.start0 === allele.end0) return undefined;
    return { first0: allele.start0, last0: allele.end0 - 1, edit: { kind: 'identity', unchanged: undefined } };
  }
  if (!slides(trimmed))
    return { first0: trimmed.start0, last0: trimmed.end0 - 1, edit: replacementEdit(trimmed, strand) };
  const [left, right] = context === undefined ? [0, 0] : [trimmed.start0 - context.start0, context.end0 - trimmed.end0];
  const moved = move(trimmed, strand === 1 ? right : -left);
  const { start0, end0 } = moved;
  if (inserted === '') {
    return { first0: start0, last0: end0 - 1, edit: { kind: 'deletion', deleted: undefined } };
  }
  const size = moved.inserted.length;
  // In the middle of its reach the insertion repeats the bases before it: at the 3' end, those 5' of it.
  if (left + right >= size) {
    const from = strand === 1 ? start0 - size : start0;
    return { first0: from, last0: from + size - 1, edit: { kind: 'duplication', duplicated: undefined } };
  }
  if (start0 === 0) return undefined;
  const edit = { kind: 'insertion', inserted: oriented(moved.inserted, strand) } as const;
  return { first0: start0 - 1, last0: start0, edit };
}

/**
 * The fully-justified interval of an insertion or deletion; undefined for alleles that don't slide and where the
 * reference is not loaded.
 *
 * @throws UnavailableError when the reference can't be read.
 */
async function contextOf(
  accession: string,
  { start0, deleted, inserted }: Allele,
  sequences: Sequences | undefined,
): Promise<Interval | undefined> {
  const trimmed = trim(start0, deleted, inserted);
  if (!slides(trimmed) || sequences?.has(accession, trimmed) !== true) return undefined;
  const { left, right } = await reachOf(accession, trimmed, sequences);
  return { start0: shift(trimmed.start0, -left), end0: shift(trimmed.end0, right) };
}

/** A replacement of one or more bases by one or more others. */
function replacementEdit({ deleted, inserted }: Allele, strand: 1 | -1): HgvsEdit {
  if (deleted.length === 1 && inserted.length === 1) {
    return { kind: 'substitution', deleted: oriented(deleted, strand), inserted: oriented(inserted, strand) };
  }
  if (deleted.length > 1 && reverseComplement(deleted) === inserted) return { kind: 'inversion', inverted: undefined };
  return { kind: 'delins', deleted: undefined, inserted: oriented(inserted, strand) };
}

/**
 * The g. (for the mitochondrion m.) description of an allele. Undefined for an insertion before the first base and for
 * an allele without any base, which HGVS can't write.
 *
 * @throws UnavailableError when the reference can't be read.
 */
export async function describeGenomic(
  accession: string,
  allele: Allele,
  sequences?: Sequences,
): Promise<HgvsVariant | undefined> {
  return describeGenomicWithin(accession, allele, await contextOf(accession, allele, sequences));
}

/**
 * {@link describeGenomic} of an allele whose fully-justified interval is known, so that nothing has to be read. Without
 * it, an insertion or deletion is described where it was stated and no duplication is seen.
 */
export function describeGenomicWithin(
  accession: string,
  allele: Allele,
  context: Interval | undefined,
): HgvsVariant | undefined {
  const description = describe(allele, 1, context);
  if (description === undefined) return undefined;
  const coordinates = accession === 'NC_012920.1' || accession === 'NC_001807.4' ? 'm' : 'g';
  const { first0, last0, edit } = description;
  return { accession, coordinates, start: basePosition(first0 + 1), end: basePosition(last0 + 1), edit };
}

/**
 * The c. (for a non-coding transcript n.) description of a genomic allele. Undefined when it reaches beyond the
 * transcript or starts or ends at a base that the transcript does not have.
 *
 * @throws CannotAnswerError when the transcript's alignment is not known.
 * @throws UnavailableError when the reference can't be read.
 */
export async function describeTranscript(
  model: TranscriptModel,
  allele: Allele,
  sequences?: Sequences,
): Promise<HgvsVariant | undefined> {
  return describeTranscriptWithin(model, allele, await contextOf(model.genomicAccession, allele, sequences));
}

/**
 * {@link describeTranscript} of an allele whose fully-justified interval on the genome is known.
 *
 * @throws CannotAnswerError when the transcript's alignment is not known.
 */
export function describeTranscriptWithin(
  model: TranscriptModel,
  allele: Allele,
  context: Interval | undefined,
): HgvsVariant | undefined {
  const { strand, accession, cds } = model;
  const description = describe(allele, strand, context);
  if (description === undefined) return undefined;
  const { first0, last0, edit } = description;
  const [upstream, downstream] = strand === 1 ? [first0, last0] : [last0, first0];
  const [start, end] = [transcriptPositionOf(model, upstream), transcriptPositionOf(model, downstream)];
  if (start === undefined || end === undefined) return undefined;
  const coordinates = cds === undefined ? 'n' : 'c';
  // Neighbours on the genome with transcript bases between them: an insertion there has no description by positions.
  if (edit.kind === 'insertion' && start.offset === 0 && end.offset === 0 && end.tx0 !== start.tx0 + 1)
    return undefined;
  return {
    accession,
    coordinates,
    start: hgvsPosition(model, coordinates, start.tx0, start.offset),
    end: hgvsPosition(model, coordinates, end.tx0, end.offset),
    edit,
  };
}

/** Models in the order in which an answer names them: MANE Select, MANE Plus Clinical, then by accession. */
export function maneFirst(models: readonly TranscriptModel[]): readonly TranscriptModel[] {
  const rank = ({ mane }: TranscriptModel): number => (mane === 'MANE Select' ? 0 : mane === undefined ? 2 : 1);
  // RefSeq before Ensembl: MANE gives one model under both names, and `NM_` sorts after `ENST`.
  const order = ({ accession }: TranscriptModel): string => (accession.startsWith('ENS') ? `~${accession}` : accession);
  return [...models].sort((a, b) => rank(a) - rank(b) || (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

/** Spliced once: the variants of a gene are described one after another. */
const SPLICED = new WeakMap<Sequences, WeakMap<TranscriptModel, Promise<string | undefined>>>();

/**
 * The bases of a transcript, read from its own sequence or, gap by gap, from the genome. Undefined when some of them
 * are on no sequence that is loaded.
 *
 * @throws CannotAnswerError when parts of the genome that are needed are not loaded.
 * @throws UnavailableError when the reference can't be read.
 */
export function transcriptBases(model: TranscriptModel, sequences: Sequences): Promise<string | undefined> {
  const known = SPLICED.get(sequences) ?? new WeakMap<TranscriptModel, Promise<string | undefined>>();
  SPLICED.set(sequences, known);
  const bases = known.get(model) ?? splice(model, sequences);
  known.set(model, bases);
  // A failed read is not kept: the next caller tries again.
  bases.catch(() => known.delete(model));
  return bases;
}

async function splice(model: TranscriptModel, sequences: Sequences): Promise<string | undefined> {
  const { accession, genomicAccession, exons, strand } = model;
  if (sequences.has(accession)) {
    return sequences.sequence(accession, { start0: interbase(0), end0: interbase(exons.at(-1)?.txEnd0 ?? 0) });
  }
  if (model.alignment === 'unknown' || !exons.every((exon) => sequences.has(genomicAccession, exon))) return undefined;
  const parts = await Promise.all(
    exons.map(async (exon) => {
      const bases = oriented(await sequences.sequence(genomicAccession, exon), strand);
      let used = 0;
      let spliced = '';
      for (const { op, length } of exon.alignment ?? [{ op: 'M' as const, length: bases.length }]) {
        // Bases that only the transcript has are not on the genome.
        if (op === 'I') return undefined;
        if (op === 'M') spliced += bases.slice(used, used + length);
        used += length;
      }
      return spliced;
    }),
  );
  return parts.includes(undefined) ? undefined : parts.join('');
}
