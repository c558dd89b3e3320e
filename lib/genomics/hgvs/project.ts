import type { Allele } from '../allele.ts';
import { interbase } from '../coordinates.ts';
import { CannotAnswerError, InvalidInputError } from '../errors.ts';
import type { Sequences } from '../ports.ts';
import {
  type AlignedStretch,
  alignedStretch,
  genomicBaseOf,
  type TranscriptModel,
  type TranscriptPosition,
} from '../transcript.ts';
import { alleleOfEdit, checkAffected, type EditPlace, editedBases, type Naming, oriented } from './edit.ts';
import { transcriptPosition } from './transcript-position.ts';
import type { HgvsVariant } from './variant.ts';

/**
 * The genomic allele of a c. or n. description, on the plus strand of the model's genomic sequence; not normalised.
 *
 * Where transcript and genome differ, the allele is what makes the genome read as the changed transcript does; the
 * transcript's own bases are then needed (`sequences` may hold them under the transcript's accession).
 *
 * @throws InvalidInputError when the transcript has no such position or other bases there.
 * @throws CannotAnswerError when bases or alignments that are needed are not loaded.
 */
export async function projectToGenome(
  variant: HgvsVariant,
  model: TranscriptModel,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<Allele> {
  const start = transcriptPosition(model, variant.coordinates, variant.start);
  const end = transcriptPosition(model, variant.coordinates, variant.end);
  if (start.tx0 > end.tx0 || (start.tx0 === end.tx0 && start.offset > end.offset)) {
    throw new InvalidInputError(`'${naming.text}' ends before it starts`, naming.expression);
  }
  if (start.offset === 0 && end.offset === 0) {
    const inExon = await projectWithinExon(variant, model, start.tx0, end.tx0, sequences, naming);
    if (inExon !== undefined) return inExon;
  }
  return alleleOfEdit(variant.edit, genomicPlace(variant, model, start, end, naming), sequences, naming);
}

/** The genomic interval between two positions, introns included. */
function genomicPlace(
  { edit }: HgvsVariant,
  model: TranscriptModel,
  start: TranscriptPosition,
  end: TranscriptPosition,
  naming: Naming,
): EditPlace {
  const { genomicAccession: accession, strand } = model;
  const [first, last] = [genomicBaseOf(model, start), genomicBaseOf(model, end)];
  if (first === undefined || last === undefined) {
    throw new CannotAnswerError(
      `'${naming.text}' starts or ends at a base of ${model.accession} that ${accession} does not have`,
      naming.expression,
    );
  }
  const [low, high] = strand === 1 ? [first, last] : [last, first];
  if (edit.kind !== 'insertion') return { accession, strand, start0: low, end0: interbase(high + 1) };
  if (high - low !== 1) {
    throw new InvalidInputError(
      `'${naming.text}' inserts between bases that are not neighbours on ${accession}`,
      naming.expression,
    );
  }
  return { accession, strand, start0: high, end0: high };
}

/**
 * An exonic change where transcript and genome may differ; undefined when it isn't within one exon, or nothing is
 * known to differ, so that genomic bases serve.
 */
async function projectWithinExon(
  { edit }: HgvsVariant,
  model: TranscriptModel,
  start: number,
  end: number,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<Allele | undefined> {
  const insertion = edit.kind === 'insertion';
  if (insertion && end !== start + 1) {
    throw new InvalidInputError(`'${naming.text}' inserts between bases that are not neighbours`, naming.expression);
  }
  const [from, to] = insertion ? [end, end] : [start, end + 1];
  const stretch = alignedStretch(model, from, to);
  if (stretch === undefined) return undefined;
  const { start0, end0, txStart0, txEnd0 } = stretch;
  const differs = end0 - start0 !== to - from || txEnd0 - txStart0 !== to - from;
  const wholeTract = edit.kind !== 'repeat' || (edit.units[0]?.bases?.length ?? 0) < to - from;
  const own = sequences?.has(model.accession) === true && wholeTract;
  if (!differs && !own) return undefined;
  if (!own || sequences === undefined)
    return projectOverGap(edit.kind === 'deletion', stretch, from, to, model, sequences, naming);
  const bases = await sequences.sequence(model.accession, { start0: interbase(txStart0), end0: interbase(txEnd0) });
  const changed = bases.slice(from - txStart0, to - txStart0);
  checkAffected(edit, to - from, changed, naming);
  const edited = bases.slice(0, from - txStart0) + editedBases(edit, changed, naming) + bases.slice(to - txStart0);
  return replacement(stretch, edited, model, sequences, naming);
}

/** Without the transcript's bases only a deletion that takes the whole difference away can be placed. */
async function projectOverGap(
  deletion: boolean,
  stretch: AlignedStretch,
  from: number,
  to: number,
  model: TranscriptModel,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<Allele> {
  if (deletion && stretch.txStart0 === from && stretch.txEnd0 === to) {
    return replacement(stretch, '', model, sequences, naming);
  }
  throw new CannotAnswerError(
    `'${naming.text}' lies where ${model.accession} and ${model.genomicAccession} differ in length, and the transcript's bases are not loaded`,
    naming.expression,
  );
}

/** The allele that puts `edited`, read along the transcript, in the place of a stretch of the genome. */
async function replacement(
  { start0, end0 }: AlignedStretch,
  edited: string,
  { genomicAccession, strand }: TranscriptModel,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<Allele> {
  const inserted = oriented(edited, strand);
  if (start0 === end0) return { start0, end0, deleted: '', inserted };
  if (sequences?.has(genomicAccession, { start0, end0 }) !== true) {
    throw new CannotAnswerError(
      `'${naming.text}' needs the reference sequence ${genomicAccession}, which is not loaded; add it with 'genomics reference add --fasta FILE'`,
      naming.expression,
    );
  }
  return { start0, end0, deleted: await sequences.sequence(genomicAccession, { start0, end0 }), inserted };
}
