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

// The standard code (NCBI transl_table=1), codons in the order TCAG of each base.
const STANDARD = 'FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG';
const ORDER = 'TCAG';

/** Looked up whole: a change of one base has the translation of two whole transcripts compared. */
const CODONS: ReadonlyMap<string, string> = new Map(
  [...STANDARD].map((letter, index) => [
    [index >> 4, (index >> 2) & 3, index & 3].map((digit) => ORDER[digit]).join(''),
    letter,
  ]),
);

/**
 * Translates whole codons up to and including the first stop; a rest of one or two bases is left out. `X` stands for a
 * codon with a base that is not known.
 */
export function translate(bases: string): string {
  let protein = '';
  for (let i = 0; i + 3 <= bases.length; i += 3) {
    const next = CODONS.get(bases.slice(i, i + 3)) ?? 'X';
    protein += next;
    if (next === '*') break;
  }
  return protein;
}
