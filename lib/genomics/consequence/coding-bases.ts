import { transcriptBases } from '../hgvs/describe.ts';
import { oriented } from '../hgvs/edit.ts';
import { geneticCodeOf } from '../hgvs/genetic-code.ts';
import { ifLoaded } from '../if-loaded.ts';
import type { Sequences } from '../ports.ts';
import { alignedStretch, type CodingRegion, type TranscriptModel, transcriptLength } from '../transcript.ts';
import { type CodingBases, isInFrame, type TranscriptEdit } from './codon-change.ts';

/**
 * The transcript's bases or, where only parts of them are loaded, those around an edit and of the start and stop codon;
 * N for others. Undefined where they can't be read in codons.
 */
export async function codingBases(
  model: TranscriptModel,
  { txStart0, txEnd0 }: CodingRegion,
  edit: TranscriptEdit | undefined,
  sequences: Sequences,
): Promise<CodingBases | undefined> {
  const parts = [[txStart0, txStart0 + 3] as const, [txEnd0 - 3, txEnd0] as const];
  const around = edit === undefined ? parts : [...parts, codonsOf(txStart0, edit)];
  const bases =
    (await ifLoaded(() => transcriptBases(model, sequences))) ?? (await someBases(model, around, sequences));
  const coding = { bases, txStart0, txEnd0, code: geneticCodeOf(model.genomicAccession) };
  return isInFrame(coding) ? coding : undefined;
}

/** The codons that an edit touches. */
function codonsOf(txStart0: number, { tx, txEnd }: TranscriptEdit): readonly [from: number, to: number] {
  return [txStart0 + Math.floor((tx - txStart0) / 3) * 3, txStart0 + Math.ceil((txEnd - txStart0) / 3) * 3];
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
