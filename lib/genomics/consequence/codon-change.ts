import { type GeneticCode, translate } from '../hgvs/genetic-code.ts';

/** A replacement within a transcript, in the direction of the transcript; positions are interbase. */
export interface TranscriptEdit {
  readonly tx: number;
  readonly txEnd: number;
  readonly inserted: string;
}

/** A transcript's bases and where its coding sequence lies in them, half-open; its last codon is the stop. */
export interface CodingBases {
  readonly bases: string;
  readonly txStart0: number;
  readonly txEnd0: number;
  readonly code: GeneticCode;
}

/**
 * Terms, by name, of an edit that lies wholly within the coding sequence. Undefined when they can't be told: a base that
 * decides is not known (an N).
 */
export function codonTerms(coding: CodingBases, edit: TranscriptEdit): readonly string[] | undefined {
  const { bases, txStart0, txEnd0, code } = coding;
  const { tx, txEnd, inserted } = edit;
  const change = inserted.length - (txEnd - tx);
  const changed = editedBases(bases, edit);
  const [first, last] = [Math.floor((tx - txStart0) / 3), Math.ceil((txEnd - txStart0) / 3)];
  const from = txStart0 + first * 3;
  const to = txStart0 + last * 3;
  if (to > txEnd0) return ['incomplete_terminal_codon_variant', 'coding_sequence_variant'];
  const terms = sizeTerms(edit);
  if (
    tx < txStart0 + 3 &&
    changed.slice(txStart0, txStart0 + 3) !== bases.slice(txStart0, txStart0 + 3) &&
    hasStart(coding)
  ) {
    if (change !== 0 && rebuildsStart(coding, edit)) return ['start_retained_variant'];
    const codon = readAll(changed.slice(txStart0, txStart0 + 3), code);
    if (codon === 'X') return undefined;
    if (codon !== 'M') return ['start_lost', ...terms];
  }
  if (to === txEnd0 && bases.slice(txEnd0 - 3, txEnd0).includes('N')) return undefined;
  if (to === txEnd0 && endsWithStop(coding)) return stopTerms(coding, changed, terms);
  if (change % 3 !== 0) return shiftedTerms(coding, changed, first, terms);
  const [before, after] = [readAll(bases.slice(from, to), code), readAll(changed.slice(from, to + change), code)];
  if (before.includes('X') || after.includes('X')) return undefined;
  // A stop within the sequence is one that is read through, as a selenocysteine's codon is.
  if (after.includes('*') && !before.includes('*')) return ['stop_gained', ...terms];
  if (change !== 0) return terms;
  return [before === after ? 'synonymous_variant' : 'missense_variant'];
}

/** The transcript after an edit. */
function editedBases(bases: string, { tx, txEnd, inserted }: TranscriptEdit): string {
  return bases.slice(0, tx) + inserted + bases.slice(txEnd);
}

/**
 * Whether the coding sequence can be read in codons: it begins with a start codon or, where that is another one, runs to
 * a stop at its very end. Annotation has coding sequences whose beginning is missing: they start with the transcript, and
 * often within a codon.
 */
export function isInFrame(coding: CodingBases): boolean {
  if (startsWithStart(coding)) return true;
  const { bases, txStart0, txEnd0, code } = coding;
  // Where these bases are not loaded, a sequence of whole codons behind an untranslated region is taken as complete.
  if (bases.slice(txStart0, txStart0 + 3).includes('N')) return txStart0 > 0 && (txEnd0 - txStart0) % 3 === 0;
  return endsWithStop(coding) && translate(bases.slice(txStart0, txEnd0), code).length * 3 === txEnd0 - txStart0;
}

/**
 * Whether the first codon is where translation starts. It may differ from ATG in one base; a sequence that begins with
 * the transcript, or with any other codon, lacks its true beginning.
 */
function hasStart(coding: CodingBases): boolean {
  if (startsWithStart(coding)) return true;
  const { bases, txStart0 } = coding;
  return txStart0 > 0 && [...'ATG'].filter((base, place) => base !== bases[txStart0 + place]).length === 1;
}

/** The amino acids that an edit without change of length leaves in place of others; undefined where a base is not known. */
export function aminoAcidsChanged(
  { bases, txStart0, code }: CodingBases,
  edit: TranscriptEdit,
): { readonly first: number; readonly before: string; readonly after: string } | undefined {
  const first = Math.floor((edit.tx - txStart0) / 3);
  const [from, to] = [txStart0 + first * 3, txStart0 + Math.ceil((edit.txEnd - txStart0) / 3) * 3];
  const [before = '', after = ''] = [bases, editedBases(bases, edit)].map((one) => readAll(one.slice(from, to), code));
  return before.includes('X') || after.includes('X') ? undefined : { first, before, after };
}

export function startsWithStart({ bases, txStart0, code }: CodingBases): boolean {
  return readAll(bases.slice(txStart0, txStart0 + 3), code) === 'M';
}

export function endsWithStop({ bases, txStart0, txEnd0, code }: CodingBases): boolean {
  return (txEnd0 - txStart0) % 3 === 0 && readAll(bases.slice(txEnd0 - 3, txEnd0), code) === '*';
}

/** Whether an edit that ends within the start codon leaves the same codon in front of the second one. */
export function rebuildsStart({ bases, txStart0 }: CodingBases, edit: TranscriptEdit): boolean {
  const { tx, txEnd, inserted } = edit;
  const moved = txStart0 + inserted.length - (txEnd - tx);
  if (txEnd > txStart0 + 3 || moved < 0) return false;
  return editedBases(bases, edit).slice(moved, moved + 3) === bases.slice(txStart0, txStart0 + 3);
}

/** What the lengths alone tell: whether the frame shifts, and whether bases are gained or lost; nothing when equal. */
export function sizeTerms({ tx, txEnd, inserted }: TranscriptEdit): readonly string[] {
  const change = inserted.length - (txEnd - tx);
  if (change % 3 !== 0) return ['frameshift_variant'];
  if (change === 0) return [];
  if (txEnd === tx) return ['inframe_insertion'];
  return inserted === '' ? ['inframe_deletion'] : ['inframe_indel'];
}

/** An edit that touches the stop codon: whether the protein still ends where it did. */
function stopTerms(
  { bases, txStart0, txEnd0, code }: CodingBases,
  changed: string,
  terms: readonly string[],
): readonly string[] | undefined {
  const change = changed.length - bases.length;
  const last = readAll(changed.slice(txEnd0 - 3, txEnd0), code);
  if (change === 0 && last !== '*') return last === 'X' ? undefined : ['stop_lost'];
  const [before, after] = [translate(bases.slice(txStart0), code), translate(changed.slice(txStart0), code)];
  if (before === after) return ['stop_retained_variant'];
  if (after.includes('X')) return undefined;
  const stops = after.endsWith('*');
  if (stops && (after.length - before.length) * 3 === change) {
    return ['stop_retained_variant', ...(terms.length === 0 ? ['missense_variant'] : terms)];
  }
  return [stops && after.length < before.length ? 'stop_gained' : 'stop_lost', ...terms];
}

/** A shifted frame whose first other codon is a stop gains one there and then. */
function shiftedTerms(
  { bases, txStart0, code }: CodingBases,
  changed: string,
  first: number,
  terms: readonly string[],
): readonly string[] | undefined {
  for (let at = txStart0 + first * 3; at + 3 <= changed.length; at += 3) {
    const [before, after] = [readAll(bases.slice(at, at + 3), code), readAll(changed.slice(at, at + 3), code)];
    if (before === 'X' || after === 'X') return terms;
    if (before !== after) return after === '*' ? ['stop_gained', ...terms] : terms;
  }
  return terms;
}

/** Amino acids of whole codons, stops read through. */
function readAll(bases: string, code: GeneticCode): string {
  let read = '';
  for (let at = 0; at + 3 <= bases.length; at += 3) read += translate(bases.slice(at, at + 3), code);
  return read;
}
