/** VEP's words for symbolic alleles. */
const SYMBOLIC = new Map<string, string>(
  Object.entries({
    DEL: 'deletion',
    DUP: 'duplication',
    INS: 'insertion',
    INV: 'inversion',
    CNV: 'copy_number_variation',
    'DUP:TANDEM': 'tandem_duplication',
    TDUP: 'tandem_duplication',
  }),
);

const SEQUENCE = /^[ACGTNacgtn]+$/;

/**
 * The ALT alleles of a record as VEP writes them in CSQ: where a length differs and all alleles (`*` aside) begin with
 * the same base, that one base is taken off each, and nothing left is `-`. One base only: VEP trims no further unless
 * told to.
 *
 * @see https://www.ensembl.org/info/docs/tools/vep/vep_formats.html#vcf and `Bio::EnsEMBL::VEP::Parser::VCF`
 */
export function vepAlleles(ref: string, alts: readonly string[]): readonly string[] {
  const sequences = [ref, ...alts.filter((alt) => SEQUENCE.test(alt))];
  const first = ref[0];
  const trim = sequences.some(({ length }) => length !== ref.length) && sequences.every((one) => one[0] === first);
  return alts.map((alt) => {
    if (SEQUENCE.test(alt)) return trim ? alt.slice(1) || '-' : alt;
    const name = /^<(.+)>$/.exec(alt)?.[1];
    return (name === undefined ? undefined : SYMBOLIC.get(name)) ?? alt;
  });
}

/** An ALT without the bases it shares with REF, as VEP's --minimal writes it; both orders of trimming. */
function minimalForms(ref: string, alt: string): readonly string[] {
  return [trimEnds(ref, alt, 'start'), trimEnds(ref, alt, 'end')].map((form) => form || '-');
}

function trimEnds(ref: string, alt: string, from: 'start' | 'end'): string {
  const shared = (a: string, b: string, back: boolean): number => {
    let n = 0;
    while (n < a.length && n < b.length && (back ? a.at(-1 - n) === b.at(-1 - n) : a[n] === b[n])) n++;
    return n;
  };
  const head = (a: string, b: string): readonly [string, string] => {
    const n = shared(a, b, false);
    return [a.slice(n), b.slice(n)];
  };
  const tail = (a: string, b: string): readonly [string, string] => {
    const n = shared(a, b, true);
    return [a.slice(0, a.length - n), b.slice(0, b.length - n)];
  };
  return from === 'start' ? tail(...head(ref, alt))[1] : head(...tail(ref, alt))[1];
}

/**
 * Which ALT (1-based) VEP means by an allele. ALLELE_NUM decides where it agrees with the text: in files that were
 * split after annotation, it still counts the alleles of the whole record. Undefined when none or several fit.
 */
export function vepAltNumber(
  ref: string,
  alts: readonly string[],
  allele: string,
  alleleNumber?: number,
): number | undefined {
  const plain = vepAlleles(ref, alts);
  const fits = (i: number): boolean =>
    plain[i] === allele || alts[i] === allele || minimalForms(ref, alts[i] as string).includes(allele);
  if (alleleNumber !== undefined && alleleNumber >= 1 && alleleNumber <= alts.length && fits(alleleNumber - 1)) {
    return alleleNumber;
  }
  // Releases of 2013 took the first base off every longer ALT, shared with REF or not.
  const old = (i: number): boolean => alts[i]?.length !== ref.length && alts[i]?.slice(1) === allele;
  for (const matches of [(i: number) => plain[i] === allele, fits, old]) {
    const found = alts.flatMap((_, i) => (matches(i) ? [i + 1] : []));
    if (found.length === 1) return found[0];
    if (found.length > 1) return undefined;
  }
  return undefined;
}
