import { type Assembly, chromosomeNamed, sequenceOf, sequencesOf } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import type { Interval } from '../genomics/interval.ts';
import type { AlignmentOp, CodingRegion, Exon } from '../genomics/transcript.ts';

/** An alignment of one exon as a source states it: genomic bases, transcript bases (interbase), and its gaps. */
export interface Match {
  readonly start0: number;
  readonly end0: number;
  readonly txStart0: number;
  readonly txEnd0: number;
  readonly alignment?: readonly AlignmentOp[];
}

/** The chromosome that a source means, as an accession of the primary assembly; undefined for everything else. */
export function primaryAccession(
  name: string,
  assembly: Assembly | undefined,
): { accession: string; assembly: Assembly } | undefined {
  const found = sequencesOf(name).filter((sequence) => assembly === undefined || sequence.assembly === assembly);
  const [only] = found;
  if (only !== undefined && found.length === 1) return { accession: only.accession, assembly: only.assembly };
  if (assembly === undefined) return undefined;
  const chromosome = chromosomeNamed(assembly, name);
  const sequence = chromosome === undefined ? undefined : sequenceOf(assembly, chromosome);
  return sequence === undefined ? undefined : { accession: sequence.accession, assembly };
}

const total = (ops: readonly AlignmentOp[], without: string): number =>
  ops.reduce((sum, { op, length }) => sum + (op === without ? 0 : length), 0);

/**
 * Exons in transcript order. Bases of the transcript that no match covers (at its start, or between two matches) are
 * the transcript's own, and belong to the exon beside them.
 */
export function exonsOfMatches(matches: readonly Match[]): readonly Exon[] {
  const sorted = [...matches].sort((a, b) => a.txStart0 - b.txStart0);
  let covered = 0;
  return sorted.map((match) => {
    const { start0, end0, txStart0, txEnd0 } = match;
    const missing = txStart0 - covered;
    const plain: readonly AlignmentOp[] = [{ op: 'M', length: end0 - start0 }];
    const stated = match.alignment ?? plain;
    const ops = missing > 0 ? [{ op: 'I' as const, length: missing }, ...stated] : stated;
    // A source may leave out the gap of an exon whose two lengths differ; then nothing says where it is.
    const exon = { start0: interbase(start0), end0: interbase(end0), txStart0: covered, txEnd0 };
    covered = txEnd0;
    return ops.length === 1 && ops[0]?.op === 'M' ? exon : { ...exon, alignment: ops };
  });
}

/** Whether every exon's alignment uses up its bases on both sides. */
export function fits(exons: readonly Exon[]): boolean {
  return exons.every(({ start0, end0, txStart0, txEnd0, alignment }) => {
    const ops = alignment ?? [{ op: 'M' as const, length: end0 - start0 }];
    return total(ops, 'D') === txEnd0 - txStart0 && total(ops, 'I') === end0 - start0;
  });
}

/** Exons that are aligned base by base, from their genomic intervals in any order. */
export function gaplessExons(intervals: readonly Interval[], strand: 1 | -1): readonly Exon[] {
  const sorted = [...intervals].sort((a, b) => (a.start0 - b.start0) * strand);
  let tx = 0;
  return sorted.map(({ start0, end0 }) => {
    const txStart0 = tx;
    tx += end0 - start0;
    return { start0, end0, txStart0, txEnd0: tx };
  });
}

/** The coding region of a genomic interval from the first to the last coding base, for exons without gaps at its ends. */
export function codingRegion(
  exons: readonly Exon[],
  strand: 1 | -1,
  start0: number,
  end0: number,
): CodingRegion | undefined {
  const [first, last] = strand === 1 ? [start0, end0 - 1] : [end0 - 1, start0];
  const [from, to] = [transcriptBase(exons, strand, first), transcriptBase(exons, strand, last)];
  return from === undefined || to === undefined ? undefined : { txStart0: from, txEnd0: to + 1 };
}

/** The transcript's base at a genomic one, through the exon's gaps. */
function transcriptBase(exons: readonly Exon[], strand: 1 | -1, base0: number): number | undefined {
  const exon = exons.find(({ start0, end0 }) => start0 <= base0 && base0 < end0);
  if (exon === undefined) return undefined;
  let into = strand === 1 ? base0 - exon.start0 : exon.end0 - 1 - base0;
  let tx = exon.txStart0;
  for (const { op, length } of exon.alignment ?? []) {
    if (op === 'I') tx += length;
    else if (into < length) return op === 'M' ? tx + into : undefined;
    else {
      into -= length;
      if (op === 'M') tx += length;
    }
  }
  return exon.alignment === undefined ? tx + into : undefined;
}
