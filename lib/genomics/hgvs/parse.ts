import { readEdit } from './parse-edit.ts';
import { type Scanner, scan } from './scanner.ts';
import type { DnaCoordinates, HgvsPosition, HgvsVariant } from './variant.ts';
import { samePosition } from './variant.ts';

/** Whether a text has HGVS's one colon and a coordinate letter after it, so that a caller may say which notation failed. */
export function looksLikeHgvs(text: string): boolean {
  return /^[^:]+:\s*[cgmnopr]\./.test(text.trim());
}

/**
 * Reads an HGVS description of a change of DNA: g., m., c. and n. with substitution, deletion, duplication, inversion,
 * insertion, delins, repeats and `=`. Also accepts what is often written beside the standard: a gene symbol after the
 * accession, deleted or duplicated bases (or their number) after `del` and `dup`, and ClinVar's ` (p.…)` at the end.
 *
 * @throws InvalidInputError naming `expression`: with the place when the text is no HGVS; with the reason when it is
 *   HGVS that does not say which bases change (protein and RNA changes, uncertain positions, several changes ...).
 * @see https://hgvs-nomenclature.org/stable/recommendations/DNA/
 */
export function parseHgvs(text: string, expression?: string): HgvsVariant {
  const scanner = scan(text.trim(), expression);
  const reference = readReference(scanner);
  if (!scanner.take(':')) scanner.fail("':' after the accession");
  const coordinates = readCoordinates(scanner);
  refuseUncertain(scanner);
  if (scanner.sees('=')) scanner.refuse("'=' without a position says nothing of any base");
  const start = readPosition(scanner, coordinates);
  let end = start;
  if (scanner.take('_')) {
    refuseUncertain(scanner);
    end = readPosition(scanner, coordinates);
  }
  const edit = readEdit(scanner);
  const ranged = !samePosition(start, end);
  if (edit.kind === 'insertion' && !ranged) scanner.refuse('an insertion stands between two neighbouring positions');
  if (edit.kind === 'substitution' && ranged) scanner.refuse('a substitution has one position; write delins');
  if (edit.kind === 'inversion' && !ranged) scanner.refuse('it inverts a single base, which is a substitution');
  readTail(scanner);
  return { ...reference, coordinates, start, end, edit };
}

interface Reference {
  readonly accession: string;
  readonly transcript?: string;
  readonly gene?: string;
}

const isWord = (character: string): boolean => /[A-Za-z0-9_.-]/.test(character);

/** `NM_000130.5`, `NM_000130.5(F5)` or `NC_000023.11(NM_004006.2)`. */
function readReference(scanner: Scanner): Reference {
  const accession = readAccession(scanner);
  if (!scanner.take('(')) return { accession };
  const selector = scanner.takeWhile((character) => character !== ')');
  if (selector === '' || !scanner.take(')')) scanner.fail("a gene symbol or transcript and ')'");
  if (/^[A-Z]{1,4}_?\d+\.\d+$/i.test(selector)) return { accession, transcript: selector.toUpperCase() };
  return { accession, gene: selector };
}

function readAccession(scanner: Scanner): string {
  const from = scanner.mark();
  const word = scanner.takeWhile(isWord);
  const [name = '', version, extra] = word.split('.');
  if (/^[A-Z]{2}_\d+$/i.test(name) || /^(ENS[A-Z]*|[A-Z]{1,3})\d+$/i.test(name) || /^LRG_\d+([tp]\d+)?$/i.test(name)) {
    if (extra !== undefined || (version !== undefined && !/^\d+$/.test(version))) {
      scanner.reset(from);
      scanner.fail('an accession with one version number, such as NM_000527.5');
    }
    if (version === undefined && !name.toUpperCase().startsWith('LRG')) {
      scanner.refuse(`${name} has no version; write it, as in ${name}.1: versions count their bases differently`);
    }
    return name.toUpperCase().startsWith('LRG') ? word : word.toUpperCase();
  }
  scanner.reset(from);
  return scanner.fail('an accession with its version, such as NM_000527.5');
}

function readCoordinates(scanner: Scanner): DnaCoordinates {
  for (const letter of ['g', 'm', 'c', 'n'] as const) {
    if (scanner.take(`${letter}.`)) return letter;
  }
  if (scanner.take('p.')) {
    const change = scanner.rest();
    if (!/^[([]?(\(?[A-Z*][A-Za-z]{0,2}-?\d+|\?|=|0)/.test(change)) scanner.fail('a protein change');
    scanner.refuse('it states a protein change, which several DNA changes may cause; write c. or g. instead');
  }
  if (scanner.take('r.'))
    scanner.refuse('it states an RNA change, whose DNA change is not known; write c. or g. instead');
  if (scanner.take('o.')) scanner.refuse('circular references other than the mitochondrion (m.) are not supported');
  return scanner.fail('g., m., c. or n.');
}

/** Notations of HGVS that leave open which bases change. */
function refuseUncertain(scanner: Scanner): void {
  if (scanner.sees('(')) scanner.refuse('its positions are uncertain (in parentheses)');
  if (scanner.sees('?')) scanner.refuse("a position is unknown ('?')");
  if (scanner.sees('[')) scanner.refuse('it states several changes ([...]); ask for each of them');
  if (scanner.sees('pter') || scanner.sees('qter') || scanner.sees('cen')) {
    scanner.refuse('positions by chromosome arm (pter, qter, cen) are not supported');
  }
}

/** A position; offsets only on transcripts, `-` and `*` only on coding ones. */
function readPosition(scanner: Scanner, coordinates: DnaCoordinates): HgvsPosition {
  const coding = coordinates === 'c';
  const datum = coding ? (scanner.take('*') ? 'cds-end' : 'cds-start') : 'start';
  if (coordinates === 'n' && scanner.sees('-')) scanner.refuse('n. has no positions before the transcript');
  const negative = datum === 'cds-start' && scanner.take('-');
  const base = scanner.number(coding ? 'a position such as 55, -55, *55 or 55+1' : 'a position, counted from 1');
  const intronic = (coding || coordinates === 'n') && (scanner.sees('+') || scanner.sees('-'));
  if (!intronic) return { datum, base: negative ? -base : base, offset: 0 };
  const sign = scanner.take('+') ? 1 : -1;
  if (sign === -1) scanner.take('-');
  if (scanner.sees('?')) scanner.refuse("a position is unknown ('?')");
  return { datum, base: negative ? -base : base, offset: sign * scanner.number('a number of bases into the intron') };
}

/** Nothing, or ClinVar's ` (p.Gly4=)`. */
function readTail(scanner: Scanner): void {
  if (scanner.atEnd()) return;
  const tail = scanner.rest();
  if (/^ \(p\.[^()]*(\([^()]*\))?[^()]*\)$/.test(tail)) return;
  if (tail.startsWith(';')) scanner.refuse('it states several changes; ask for each of them');
  if (tail.startsWith('/')) scanner.refuse('it states a mosaic or chimeric change (/)');
  if (tail.startsWith('|')) scanner.refuse('it states a methylation (|), which changes no base');
  if (tail.startsWith(',')) scanner.refuse('it states alternatives (,)');
  scanner.fail('the end');
}
