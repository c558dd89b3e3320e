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

/** The amino acid of a codon, one letter; `X` when a base is not known. */
function aminoAcid(codon: string): string {
  let index = 0;
  for (const base of codon) {
    const digit = ORDER.indexOf(base);
    if (digit < 0) return 'X';
    index = index * 4 + digit;
  }
  return STANDARD[index] as string;
}

/** Translates whole codons up to and including the first stop; a rest of one or two bases is left out. */
export function translate(bases: string): string {
  let protein = '';
  for (let i = 0; i + 3 <= bases.length; i += 3) {
    const next = aminoAcid(bases.slice(i, i + 3));
    protein += next;
    if (next === '*') break;
  }
  return protein;
}
