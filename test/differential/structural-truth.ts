/**
 * The rules for structural variants, stated a second time on bcftools' text. Nothing here imports the product.
 * Symbolic alleles start after their padding base (0-based start = POS); breakends and insertions are points.
 */
export interface JudgedStructural {
  readonly chrom: string;
  readonly pos: number;
  readonly alt: string;
  readonly genotype: string;
  /** Widest and narrowest half-open interval; equal ends are a point. */
  readonly outer: readonly [number, number];
  readonly inner: readonly [number, number] | undefined;
}

/** Fields of `bcftools query -f` that `structuralOf` reads; bcftools refuses tags that the header does not define. */
export function structuralFormat(header: string): string {
  const info = ['END', 'CIPOS', 'CIEND'].map((tag) => (header.includes(`##INFO=<ID=${tag},`) ? `%INFO/${tag}` : '.'));
  return `%CHROM\\t%POS\\t%REF\\t%ALT\\t%FILTER\\t${info.join('\\t')}[\\t%GT]\\n`;
}

const POINTS = /^<(INS|BND|CPX|TRA|CTX)\b|[[\]]/;

export function structuralOf(line: readonly string[]): JudgedStructural[] {
  const [chrom, posText, ref, alts, filter, endText, ciposText, ciendText, genotype] = line as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (filter !== 'PASS' && filter !== '.') return [];
  const carried = new Set(genotype.split(/[/|]/).filter((allele) => allele !== '.' && allele !== '0'));
  const pos = Number(posText);
  const [cipos, ciend] = [pair(ciposText), pair(ciendText)];
  return alts.split(',').flatMap((alt, index) => {
    if (!carried.has(String(index + 1)) || alt === '*') return [];
    if (/^[ACGTN]+$/i.test(alt)) {
      if (Math.abs(alt.length - ref.length) < 50) return [];
      throw new Error(`a long sequence allele at ${chrom}:${pos}: these files are meant to have none`);
    }
    const base = { chrom, pos, alt, genotype };
    if (POINTS.test(alt)) {
      // `]p]t` and `[p[t` join before the base at POS, everything else after it.
      const point = /^[[\]]/.test(alt) ? pos - 1 : pos;
      return [{ ...base, outer: [point + cipos[0], point + cipos[1]] as const, inner: undefined }];
    }
    const end = Number(endText);
    const inner = [pos + cipos[1], end + ciend[0]] as const;
    return [
      { ...base, outer: [pos + cipos[0], end + ciend[1]] as const, inner: inner[0] < inner[1] ? inner : undefined },
    ];
  });
}

const pair = (text: string): readonly [number, number] => {
  const [low, high] = text === '.' ? [0, 0] : text.split(',').map(Number);
  return [low ?? 0, high ?? 0];
};

/** Possibly in the range: the widest interval shares a base with it, or the point may lie in it. */
export function mayTouch({ outer: [from, to] }: JudgedStructural, start: number, end: number): boolean {
  const stop = end === start ? start + 1 : end;
  return from === to ? start <= from && from < stop : from < stop && to > start;
}

/** Certainly covering the range. */
export function surelyCovers({ inner }: JudgedStructural, start: number, end: number): boolean {
  return inner !== undefined && inner[0] <= start && inner[1] >= end;
}

export const structuralKey = ({ pos, alt, genotype }: { pos: number; alt: string; genotype: string }) =>
  `${pos} ${alt} ${genotype}`;
