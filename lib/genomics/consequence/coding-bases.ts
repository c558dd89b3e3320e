import { CannotAnswerError } from '../errors.ts';
import { transcriptBases } from '../hgvs/describe.ts';
import { oriented } from '../hgvs/edit.ts';
import { geneticCodeOf } from '../hgvs/genetic-code.ts';
import type { Sequences } from '../ports.ts';
import { alignedStretch, type CodingRegion, type TranscriptModel, transcriptLength } from '../transcript.ts';
import { type CodingBases, isInFrame, type TranscriptEdit } from './codon-change.ts';

/**
 * The transcript's bases or, where only parts of them are loaded, those around an edit and of the start and stop codon;
 * N for others. Undefined where they can't be read in codons.
 */
export async function codingBases(
  model: TranscriptModel,
  { txStart0: start, txEnd0: end }: CodingRegion,
  edit: TranscriptEdit | undefined,
  sequences: Sequences,
): Promise<CodingBases | undefined> {
  const parts = [[start, start + 3] as const, [end - 3, end] as const];
  const around = edit === undefined ? parts : [...parts, codonsOf(start, edit)];
  const bases = (await allBases(model, sequences)) ?? (await someBases(model, around, sequences));
  const coding = { bases, start, end, code: geneticCodeOf(model.genomicAccession) };
  return isInFrame(coding) ? coding : undefined;
}

/** The codons that an edit touches. */
function codonsOf(start: number, { tx, txEnd }: TranscriptEdit): readonly [from: number, to: number] {
  return [start + Math.floor((tx - start) / 3) * 3, start + Math.ceil((txEnd - start) / 3) * 3];
}

async function allBases(model: TranscriptModel, sequences: Sequences): Promise<string | undefined> {
  try {
    return await transcriptBases(model, sequences);
  } catch (error) {
    if (error instanceof CannotAnswerError) return undefined;
    throw error;
  }
}

async function someBases(
  model: TranscriptModel,
  parts: readonly (readonly [from: number, to: number])[],
  sequences: Sequences,
): Promise<string> {
  const bases: string[] = Array(transcriptLength(model)).fill('N');
  const { genomicAccession, strand } = model;
  for (const exon of model.exons) {
    for (const [from, to] of parts) {
      const [first, last] = [Math.max(from, exon.txStart0), Math.min(to, exon.txEnd0)];
      const stretch = first < last ? alignedStretch(model, first, last) : undefined;
      if (stretch === undefined || stretch.end0 - stretch.start0 !== last - first) continue;
      if (!sequences.has(genomicAccession, stretch)) continue;
      const read = oriented(await sequences.sequence(genomicAccession, stretch), strand);
      for (const [i, base] of [...read].entries()) bases[first + i] = base;
    }
  }
  return bases.join('');
}
