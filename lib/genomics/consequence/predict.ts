import type { Allele } from '../allele.ts';
import { oriented } from '../hgvs/edit.ts';
import { translate } from '../hgvs/genetic-code.ts';
import { proteinChange } from '../hgvs/protein.ts';
import type { Interval } from '../interval.ts';
import type { Sequences } from '../ports.ts';
import { type CodingRegion, type Exon, type TranscriptModel, transcriptPositionOf } from '../transcript.ts';
import { codingBases } from './coding-bases.ts';
import {
  aminoAcidsChanged,
  type CodingBases,
  codonTerms,
  endsWithStop,
  rebuildsStart,
  sizeTerms,
  startsWithStart,
  type TranscriptEdit,
} from './codon-change.ts';
import { touchedBy } from './gene-structure.ts';
import { consequenceTerms, termNamed } from './terms.ts';

/** What an allele does to one transcript. */
export interface Prediction {
  /** Sequence Ontology codes, all of which hold; the strongest first. Never empty. */
  readonly consequences: readonly string[];
  /**
   * Codes of which one holds that can't be told, because bases or an alignment are not loaded, not those of the record,
   * or not in a known frame. Empty when everything is told.
   */
  readonly possible: readonly string[];
  /** The change of the protein in HGVS, such as `Val600Glu`, where bases are replaced and their codons are known. */
  readonly change?: string;
}

/**
 * The consequences of an allele for a transcript, from the model and, for what becomes of the protein, its bases.
 * Undefined when the allele lies outside of the transcript.
 *
 * @param allele trimmed, where `placedOn` puts it for this transcript
 * @throws UnavailableError when the reference can't be read.
 */
export async function predictConsequences(
  model: TranscriptModel,
  allele: Allele,
  sequences: Sequences,
): Promise<Prediction | undefined> {
  const touched = touchedBy(model, allele);
  if (touched === undefined) return undefined;
  const { terms, exons, leavesExon } = touched;
  if (terms.includes('transcript_ablation')) return prediction(terms);
  if (model.cds === undefined) {
    return prediction([
      ...terms,
      exons.length > 0 ? 'non_coding_transcript_exon_variant' : 'non_coding_transcript_variant',
    ]);
  }
  if (exons.length === 0) return prediction(terms);
  if (model.alignment === 'unknown') return prediction([...terms, 'exon_variant'], [...ANY_CODING, ...UTRS]);
  const parts = new Set(exons.flatMap((exon) => partsOf(model, model.cds as CodingRegion, exon, allele)));
  if (!parts.has(CODING)) return prediction([...terms, ...parts]);
  const edit = leavesExon ? undefined : editOf(model, exons[0] as Exon, allele);
  const coding = await codingBases(model, model.cds, edit, sequences);
  if (leavesExon) {
    const lost = allele.inserted === '' && coding !== undefined ? endsLost(model, coding, exons, allele) : [];
    return prediction([...terms, ...parts, ...lost], coding === undefined ? ['start_lost', 'stop_lost'] : []);
  }
  // Bases that only transcript or genome has: which codons change can't be told from the genome's allele.
  if (edit === undefined) return prediction([...terms, ...parts], ANY_CODING);
  const inner = coding === undefined ? undefined : insideExon(model, coding, edit, allele);
  parts.delete(CODING);
  if (inner !== undefined && coding !== undefined) {
    return { ...prediction([...terms, ...inner, ...parts]), ...replacement(coding, edit, inner) };
  }
  const ends = touchesEnds(model.cds, edit);
  const sized = ends ? [] : sizeTerms(edit);
  return prediction([...terms, ...(sized.length === 0 ? [CODING] : sized), ...parts], possibleOf(edit, ends));
}

/** What an edit of unknown codons may do. */
function possibleOf({ tx, txEnd, inserted }: TranscriptEdit, ends: boolean): readonly string[] {
  const change = inserted.length - (txEnd - tx);
  if (change === 0) return ends ? [...REPLACING, ...AT_ENDS] : REPLACING;
  if (ends) return ANY_CODING;
  return change % 3 === 0 ? ['stop_gained'] : [];
}

const CODING = 'coding_sequence_variant';

const UTRS = ['5_prime_UTR_variant', '3_prime_UTR_variant'];
const REPLACING = ['stop_gained', 'missense_variant', 'synonymous_variant'];
const AT_ENDS = ['start_lost', 'start_retained_variant', 'stop_lost', 'stop_retained_variant'];
const SIZES = ['frameshift_variant', 'inframe_insertion', 'inframe_deletion', 'inframe_indel'];
const ANY_CODING = [...REPLACING, ...AT_ENDS, ...SIZES];

/** Codes of all terms that can be computed. */
export const COMPUTED_TERMS: ReadonlySet<string> = new Set(
  [
    ...['transcript_ablation', 'splice_acceptor_variant', 'splice_donor_variant', 'splice_donor_5th_base_variant'],
    ...['splice_donor_region_variant', 'splice_region_variant', 'splice_polypyrimidine_tract_variant'],
    ...['incomplete_terminal_codon_variant', CODING, 'exon_variant', 'intron_variant'],
    ...['non_coding_transcript_exon_variant', 'non_coding_transcript_variant'],
    ...ANY_CODING,
    ...UTRS,
  ].map(codeNamed),
);

const ORDER = new Map(
  ['HIGH', 'MODERATE', 'LOW', 'MODIFIER']
    .flatMap((step) => consequenceTerms().filter(({ impact }) => impact === step))
    .map(({ code }, place) => [code, place]),
);

function prediction(names: readonly string[], possible: readonly string[] = []): Prediction {
  const codes = names.map(codeNamed);
  const rank = (code: string): number => ORDER.get(code) ?? ORDER.size;
  return { consequences: [...new Set(codes)].sort((a, b) => rank(a) - rank(b)), possible: possible.map(codeNamed) };
}

function codeNamed(name: string): string {
  const term = termNamed(name);
  if (term === undefined) throw new Error(`'${name}' is no term`);
  return term.code;
}

/** Which parts of a coding transcript an allele touches within one exon: untranslated regions, coding sequence. */
function partsOf(
  model: TranscriptModel,
  { txStart0, txEnd0 }: CodingRegion,
  exon: Exon,
  allele: Allele,
): readonly string[] {
  const stretch = stretchIn(model, exon, allele);
  // A base that only the genome has lies between two of the transcript.
  if (stretch === undefined) return [CODING];
  const { tx, txEnd } = stretch;
  const [before, after] = tx === txEnd ? [tx <= txStart0, tx >= txEnd0] : [tx < txStart0, txEnd > txEnd0];
  const coding = tx === txEnd ? !before && !after : tx < txEnd0 && txEnd > txStart0;
  return [
    ...(before ? ['5_prime_UTR_variant'] : []),
    ...(coding ? [CODING] : []),
    ...(after ? ['3_prime_UTR_variant'] : []),
  ];
}

/** The part of a trimmed allele's interval that lies in an exon, in the transcript (interbase). */
function stretchIn(
  model: TranscriptModel,
  exon: Exon,
  { start0, end0 }: Interval,
): { readonly tx: number; readonly txEnd: number } | undefined {
  const txOf = (base0: number): number | undefined => {
    const position = exon.start0 <= base0 && base0 < exon.end0 ? transcriptPositionOf(model, base0) : undefined;
    return position?.offset === 0 ? position.tx0 : undefined;
  };
  const forward = model.strand === 1;
  if (start0 === end0) {
    // Between two bases, of which at an exon's edge only one is the transcript's.
    const [upstream, downstream] = forward ? [start0 - 1, start0] : [start0, start0 - 1];
    const [before, after] = [txOf(upstream), txOf(downstream)];
    const tx = before === undefined ? after : before + 1;
    return tx === undefined || (after !== undefined && after !== tx) ? undefined : { tx, txEnd: tx };
  }
  const [low, high] = [Math.max(start0, exon.start0), Math.min(end0, exon.end0) - 1];
  const [first, last] = forward ? [txOf(low), txOf(high)] : [txOf(high), txOf(low)];
  return first === undefined || last === undefined ? undefined : { tx: first, txEnd: last + 1 };
}

/** The allele as an edit of the transcript; undefined where the two are not aligned base by base. */
function editOf(model: TranscriptModel, exon: Exon, allele: Allele): TranscriptEdit | undefined {
  const stretch = stretchIn(model, exon, allele);
  if (stretch === undefined || stretch.txEnd - stretch.tx !== allele.end0 - allele.start0) return undefined;
  return { ...stretch, inserted: oriented(allele.inserted, model.strand) };
}

/** The amino acids that bases replaced within the coding sequence change, where they say all that happens. */
function replacement(coding: CodingBases, edit: TranscriptEdit, terms: readonly string[]): Pick<Prediction, 'change'> {
  const [term] = terms;
  const told = term === 'missense_variant' || term === 'synonymous_variant' || term === 'stop_gained';
  if (!told || terms.length > 1 || edit.inserted.length !== edit.txEnd - edit.tx) return {};
  const found = aminoAcidsChanged(coding, edit);
  if (found === undefined) return {};
  const { first, before, after } = found;
  const unknown = 'X'.repeat(first);
  return { change: proteinChange(unknown + before, unknown + after, false, first) };
}

/** Whether an edit touches the start or the stop codon, so that its length alone does not tell what it does. */
function touchesEnds({ txStart0, txEnd0 }: CodingRegion, { tx, txEnd }: TranscriptEdit): boolean {
  return tx < txStart0 + 3 || txEnd > txEnd0 - 3;
}

/** Start and stop codons that a deletion takes away, or part of them, together with what lies beyond an exon. */
function endsLost(
  model: TranscriptModel,
  coding: CodingBases,
  exons: readonly Exon[],
  allele: Allele,
): readonly string[] {
  const stretches = exons.flatMap((exon) => stretchIn(model, exon, allele) ?? []);
  const meets = (from: number, to: number): boolean => stretches.some(({ tx, txEnd }) => tx < to && txEnd > from);
  return [
    ...(meets(coding.txStart0, coding.txStart0 + 3) && startsWithStart(coding) ? ['start_lost'] : []),
    ...(meets(coding.txEnd0 - 3, coding.txEnd0) && endsWithStop(coding) ? ['stop_lost'] : []),
  ];
}

/** Terms of an edit of coding bases; undefined when bases that decide are not known, or are not those of the allele. */
function insideExon(
  model: TranscriptModel,
  coding: CodingBases,
  edit: TranscriptEdit,
  { deleted }: Allele,
): readonly string[] | undefined {
  const { bases, txStart0, txEnd0 } = coding;
  const { tx, txEnd } = edit;
  const stated = oriented(deleted, model.strand);
  // Consequences are told from the genome's base: where a transcript has another one, the allele's REF takes its place.
  const differs = bases.slice(tx, txEnd) !== stated;
  if (differs && (model.alignment === 'exact' || !/^[ACGT]*$/.test(stated))) return undefined;
  const genomic = { ...coding, bases: differs ? bases.slice(0, tx) + stated + bases.slice(txEnd) : bases };
  if (tx < txStart0) return startTerms(genomic, edit);
  return txEnd > txEnd0 ? endTerms(genomic, edit) : codonTerms(genomic, edit);
}

/** An edit over the border of the 5' untranslated region: the start may be rebuilt by the bases before it. */
function startTerms(coding: CodingBases, edit: TranscriptEdit): readonly string[] {
  return [rebuildsStart(coding, edit) ? 'start_retained_variant' : 'start_lost'];
}

/** An edit over the border of the 3' untranslated region: the stop may be rebuilt by the bases behind it. */
function endTerms(coding: CodingBases, edit: TranscriptEdit): readonly string[] | undefined {
  const { bases, txStart0, txEnd0, code } = coding;
  if (!endsWithStop(coding)) return undefined;
  const changed = bases.slice(0, edit.tx) + edit.inserted + bases.slice(edit.txEnd);
  const [before, after] = [bases.slice(txStart0, txEnd0), changed.slice(txStart0)].map((one) => translate(one, code));
  return [before === after ? 'stop_retained_variant' : 'stop_lost'];
}
