/** Three-letter names by one-letter code; `*` is the stop, `X` anything. */
export const AMINO_ACIDS: Readonly<Record<string, string>> = {
  A: 'Ala',
  C: 'Cys',
  D: 'Asp',
  E: 'Glu',
  F: 'Phe',
  G: 'Gly',
  H: 'His',
  I: 'Ile',
  K: 'Lys',
  L: 'Leu',
  M: 'Met',
  N: 'Asn',
  P: 'Pro',
  Q: 'Gln',
  R: 'Arg',
  S: 'Ser',
  T: 'Thr',
  V: 'Val',
  W: 'Trp',
  Y: 'Tyr',
  X: 'Xaa',
  '*': 'Ter',
};

const ORDER = 'TCAG';

/** A translation table: codons by the letter they stand for. */
export type GeneticCode = ReadonlyMap<string, string>;

/** Looked up whole: a change of one base has the translation of two whole transcripts compared. */
const codeOf = (letters: string): GeneticCode =>
  new Map(
    [...letters].map((letter, index) => [
      [index >> 4, (index >> 2) & 3, index & 3].map((digit) => ORDER[digit]).join(''),
      letter,
    ]),
  );

// NCBI's tables 1 and 2 (https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi), codons in the order TCAG of each base.
const STANDARD = codeOf('FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG');
const VERTEBRATE_MITOCHONDRIAL = codeOf('FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG');
const MITOCHONDRIAL: ReadonlySet<string> = new Set(['NC_012920.1', 'NC_001807.4']);

/** The genetic code by which the genes of a sequence are translated. */
export function geneticCodeOf(genomicAccession: string): GeneticCode {
  return MITOCHONDRIAL.has(genomicAccession) ? VERTEBRATE_MITOCHONDRIAL : STANDARD;
}

/**
 * Translates whole codons up to and including the first stop; a rest of one or two bases is left out. `X` stands for a
 * codon with a base that is not known.
 */
export function translate(bases: string, code: GeneticCode): string {
  let protein = '';
  for (let i = 0; i + 3 <= bases.length; i += 3) {
    const next = code.get(bases.slice(i, i + 3)) ?? 'X';
    protein += next;
    if (next === '*') break;
  }
  return protein;
}
