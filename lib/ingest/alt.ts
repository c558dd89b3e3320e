/** What the text of an ALT allele is (VCF 4.5, section 1.6.1.5). */
export type AltKind =
  /** Bases. */
  | 'sequence'
  /** `<DEL>`, `<DUP:TANDEM>` ...: an allele described by INFO. */
  | 'symbolic'
  /** `G]17:198982]`, `.A`: an adjacency, or an end with no known mate. */
  | 'breakend'
  /** `*`, `.`, `<NON_REF>`, `<*>`: no allele of this record. */
  | 'none'
  | 'illegal';

const SEQUENCE = /^[ACGTNacgtn]+$/;
const BASES = '(?:[ACGTNacgtn]+|\\.)';
const SYMBOL = /^<[^\s,<>]+>$/;
const MATE = '(?:[^\\s,:<>[\\]]+(?::[^\\s,:<>[\\]]+)*|<[^\\s,<>]+>):\\d+';
const PAIRED = new RegExp(`^(?:${BASES}(?:\\[${MATE}\\[|\\]${MATE}\\])|(?:\\[${MATE}\\[|\\]${MATE}\\])${BASES})$`);
const SINGLE = /^(?:\.[ACGTNacgtn]+|[ACGTNacgtn]+\.)$/;

/** Alleles that state "anything but the others": the reference blocks of a gVCF. */
const UNSPECIFIED = new Set(['<NON_REF>', '<*>', '<X>']);

export function altKind(alt: string): AltKind {
  if (SEQUENCE.test(alt)) return 'sequence';
  if (alt === '*' || alt === '.' || UNSPECIFIED.has(alt)) return 'none';
  if (SYMBOL.test(alt)) return 'symbolic';
  return PAIRED.test(alt) || SINGLE.test(alt) ? 'breakend' : 'illegal';
}

/** Whether an allele stands for the reference block of a gVCF. */
export function isUnspecified(alt: string): boolean {
  return UNSPECIFIED.has(alt);
}
