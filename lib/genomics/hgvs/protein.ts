import { type Allele, trim } from '../allele.ts';
import type { Sequences } from '../ports.ts';
import { type TranscriptModel, transcriptPositionOf } from '../transcript.ts';
import { transcriptBases } from './describe.ts';
import { oriented } from './edit.ts';
import { AMINO_ACIDS, geneticCodeOf, translate } from './genetic-code.ts';

/**
 * The predicted protein change of a genomic allele, such as `NP_000305.3:p.(Arg130Ter)`: 3' rule. `p.?`
 * when it can't be predicted (the start codon, or the two intronic bases beside an exon); undefined when the change
 * touches no coding base and no such site, the bases of the transcript are not known, or its reading frame has a
 * stop before its end.
 *
 * @throws CannotAnswerError when the transcript's alignment is not known.
 * @throws UnavailableError when the reference can't be read.
 * @see https://hgvs-nomenclature.org/stable/recommendations/protein/
 */
export async function describeProtein(
  model: TranscriptModel,
  allele: Allele,
  sequences: Sequences,
): Promise<string | undefined> {
  const { cds, protein, strand } = model;
  if (cds === undefined || protein === undefined) return undefined;
  const { start0, end0, deleted, inserted } = trim(allele.start0, allele.deleted, allele.inserted);
  if (deleted === '' && inserted === '') return undefined;
  // An insertion is between two bases; the transcript's interval is what lies between their positions.
  const [low, high] = start0 === end0 ? [start0 - 1, end0] : [start0, end0 - 1];
  const [upstream, downstream] = strand === 1 ? [low, high] : [high, low];
  const [from, to] = [transcriptPositionOf(model, upstream), transcriptPositionOf(model, downstream)];
  if (from === undefined || to === undefined) return undefined;
  const [tx, txEnd] = start0 === end0 ? [from.tx0 + 1, to.tx0] : [from.tx0, to.tx0 + 1];
  if (from.offset !== 0 || to.offset !== 0 || txEnd - tx !== deleted.length) {
    const coding = from.tx0 < cds.txEnd0 && to.tx0 >= cds.txStart0;
    const deep =
      from.tx0 === to.tx0 && from.offset * to.offset > 0 && Math.min(Math.abs(from.offset), Math.abs(to.offset)) > 2;
    return coding && !deep ? `${protein}:p.?` : undefined;
  }
  if (txEnd <= cds.txStart0 || tx >= cds.txEnd0) return undefined;
  const bases = await transcriptBases(model, sequences);
  if (bases === undefined) return undefined;
  const changed = bases.slice(0, tx) + oriented(inserted, strand) + bases.slice(txEnd);
  const code = geneticCodeOf(model.genomicAccession);
  const [first, start] = [bases, changed].map((one) => translate(one.slice(cds.txStart0, cds.txStart0 + 3), code));
  // A sequence that starts with the transcript, and not with a start codon, lacks its beginning.
  const begins = cds.txStart0 > 0 || first === 'M';
  if (begins && (tx < cds.txStart0 || (tx < cds.txStart0 + 3 && start !== 'M'))) return `${protein}:p.(Met1?)`;
  const shifted = (inserted.length - deleted.length) % 3 !== 0;
  const before = translate(bases.slice(cds.txStart0), code);
  // A selenocysteine's codon reads as a stop: what comes behind it can't be told from here.
  if (before.length * 3 < cds.txEnd0 - cds.txStart0 - 2) return undefined;
  const after = translate(changed.slice(cds.txStart0), code);
  const codon = Math.floor((tx - cds.txStart0) / 3);
  return `${protein}:p.(${proteinChange(before, after, shifted, codon)})`;
}

const name = (letter: string | undefined): string => AMINO_ACIDS[letter ?? 'X'] ?? 'Xaa';
const names = (letters: string): string => [...letters].map(name).join('');
const at = (protein: string, index: number): string => `${name(protein[index])}${index + 1}`;
const range = (protein: string, from: number, to: number): string =>
  from === to ? at(protein, from) : `${at(protein, from)}_${at(protein, to)}`;

/**
 * The change from one protein to another, both ending with their stop (`*`).
 *
 * @param codon index of the codon that the DNA change starts in, named when the protein stays the same
 */
export function proteinChange(before: string, after: string, shifted: boolean, codon: number): string {
  if (before === after) return before[codon] === undefined ? '=' : `${at(before, codon)}=`;
  let left = 0;
  while (left < before.length && left < after.length && before[left] === after[left]) left++;
  if (after[left] === '*' && before[left] !== undefined) return `${at(before, left)}Ter`;
  if (before[left] === '*') return extension(before, after, left);
  if (shifted) {
    const stop = after.indexOf('*', left);
    return `${at(before, left)}${name(after[left])}fsTer${stop < 0 ? '?' : stop - left + 1}`;
  }
  return inFrame(before, after, left);
}

/** The stop became an amino acid: how many follow until the next stop. */
function extension(before: string, after: string, left: number): string {
  const stop = after.indexOf('*', left);
  return `${at(before, left)}${name(after[left])}extTer${stop < 0 ? '?' : stop - left}`;
}

/** Amino acids replaced, inserted or deleted without a shift of the frame. `left` amino acids are equal at the start. */
function inFrame(before: string, after: string, left: number): string {
  let right = 0;
  const most = Math.min(before.length, after.length) - left;
  while (right < most && before.at(-1 - right) === after.at(-1 - right)) right++;
  const removed = before.slice(left, before.length - right);
  const added = after.slice(left, after.length - right);
  const last = left + removed.length - 1;
  if (added === '') return `${range(before, left, last)}del`;
  if (removed === '') {
    if (before.slice(left - added.length, left) === added) return `${range(before, left - added.length, left - 1)}dup`;
    return `${at(before, left - 1)}_${at(before, left)}ins${names(added)}`;
  }
  const stop = added.indexOf('*');
  if (removed.length === 1 && added.length === 1) return `${at(before, left)}${name(added)}`;
  return `${range(before, left, last)}delins${names(stop < 0 ? added : added.slice(0, stop + 1))}`;
}
