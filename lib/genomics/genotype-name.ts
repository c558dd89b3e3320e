/** What the name of a genotype, a haplotype or a gene says. */
export interface GenotypeName {
  /** Symbol as written; of HLA with its prefix, `HLA-A`. */
  readonly gene: string;
  /** One for each copy that is named; none when only the gene is. Of HLA with the gene: `HLA-A*23:01`. */
  readonly alleles: readonly string[];
}

/** `hla#3.23.0#HLA-A*…` and `#hla#3.23.0#HLA-A*…`: a GL String that says its nomenclature. */
const GL_PREFIX = /^#?hla#[^#]*#/i;
const HLA_GENE = 'A|B|C|E|F|G|DRA|DRB[1-9]|DQA[12]|DQB1|DPA[12]|DPB[12]|DMA|DMB|DOA|DOB|MICA|MICB|TAP[12]';
const HLA_ALLELE = new RegExp(`^(?:HLA-)?(${HLA_GENE})\\*([^\\s|+^~/]+)$`, 'i');
const HLA_STRING = new RegExp(`^(?:HLA-)?(?:${HLA_GENE})\\*`, 'i');
const HLA_SYMBOL = new RegExp(`^HLA-(?:${HLA_GENE})$`, 'i');
const SYMBOL = /^([A-Za-z][A-Za-z0-9-]*)(?:[\s_]+|(?=\*)|$)/;

/**
 * Reads names such as `CYP2C19 *2/*17`, `CYP2C19_*2/*17`, `CYP2C19*2`, `CYP2C19`, `VKORC1 rs9923231 variant (T)/rs9923231
 * reference (C)`, `HLA-B *15:02/*57:01`, and GL Strings of one locus (`HLA-A*01:01+HLA-A*23:01:01`, in which `/` lists
 * what one copy may be, and `|` what both may be: then each copy lists its part of every one).
 *
 * @param gene symbol that the name may leave out
 * @returns undefined when it names no gene, or has an empty allele
 * @see https://glstring.org
 */
export function readGenotypeName(text: string, gene?: string): GenotypeName | undefined {
  const name = text.trim().replace(GL_PREFIX, '');
  const stated = SYMBOL.exec(name);
  const glString = readGlString(name);
  if (glString !== undefined) return glString;
  // Several loci, or a haplotype of them, are no genotype of one gene.
  if (/[\^~]/.test(name) && HLA_STRING.test(name)) return undefined;
  const own = stated?.[1];
  const prefixed = own !== undefined && (gene === undefined || own.toLowerCase() === gene.toLowerCase());
  const symbol = prefixed ? own : gene;
  if (symbol === undefined) return undefined;
  const rest = prefixed ? name.slice(stated?.[0].length) : name;
  if (rest === '') return { gene: symbol, alleles: [] };
  const alleles = rest.split('/').map((allele) => withoutGene(allele.trim(), symbol));
  if (alleles.includes('')) return undefined;
  if (HLA_SYMBOL.test(symbol))
    return { gene: symbol.toUpperCase(), alleles: alleles.map((one) => hlaName(symbol, one)) };
  return { gene: symbol, alleles };
}

/** Whether a symbol is of a gene whose alleles IPD-IMGT/HLA names. */
export function isHlaGene(symbol: string): boolean {
  return HLA_SYMBOL.test(symbol);
}

/** One locus of a GL String, every allele with its gene; undefined when the text is none. */
function readGlString(name: string): GenotypeName | undefined {
  const copies: (RegExpExecArray | null)[][] = [];
  for (const genotype of name.split('|')) {
    for (const [place, copy] of genotype.split('+').entries()) {
      const alleles = copy.split('/').map((allele) => HLA_ALLELE.exec(allele.trim()));
      copies[place] = [...(copies[place] ?? []), ...alleles];
    }
  }
  const genes = new Set(copies.flat().map((match) => match?.[1]?.toUpperCase()));
  const [gene] = genes;
  if (gene === undefined || genes.size > 1) return undefined;
  return {
    gene: `HLA-${gene}`,
    alleles: copies.map((copy) => [...new Set(copy.map((match) => `HLA-${gene}*${match?.[2]}`))].join('/')),
  };
}

function withoutGene(allele: string, symbol: string): string {
  const stated = SYMBOL.exec(allele);
  return stated?.[1]?.toLowerCase() === symbol.toLowerCase() ? allele.slice(stated[0].length) : allele;
}

function hlaName(symbol: string, allele: string): string {
  return `${symbol.toUpperCase()}*${allele.replace(/^\*/, '')}`;
}
