/**
 * HGNC ids of the genes whose alleles have names of their own: a genotype may be stored by the symbol alone and asked by
 * the id, or the other way round.
 *
 * @see https://www.genenames.org
 */
const HGNC_IDS: ReadonlyMap<string, string> = new Map([
  ['ABCG2', 'HGNC:74'],
  ['CACNA1S', 'HGNC:1397'],
  ['CFTR', 'HGNC:1884'],
  ['CYP2B6', 'HGNC:2615'],
  ['CYP2C19', 'HGNC:2621'],
  ['CYP2C9', 'HGNC:2623'],
  ['CYP2D6', 'HGNC:2625'],
  ['CYP3A4', 'HGNC:2637'],
  ['CYP3A5', 'HGNC:2638'],
  ['CYP4F2', 'HGNC:2645'],
  ['DPYD', 'HGNC:3012'],
  ['G6PD', 'HGNC:4057'],
  ['HLA-A', 'HGNC:4931'],
  ['HLA-B', 'HGNC:4932'],
  ['HLA-C', 'HGNC:4933'],
  ['HLA-DPA1', 'HGNC:4938'],
  ['HLA-DPB1', 'HGNC:4940'],
  ['HLA-DQA1', 'HGNC:4942'],
  ['HLA-DQB1', 'HGNC:4944'],
  ['HLA-DRB1', 'HGNC:4948'],
  ['IFNL3', 'HGNC:18365'],
  ['MT-RNR1', 'HGNC:7470'],
  ['NAT2', 'HGNC:7646'],
  ['NUDT15', 'HGNC:23063'],
  ['RYR1', 'HGNC:10483'],
  ['SLCO1B1', 'HGNC:10959'],
  ['TPMT', 'HGNC:12014'],
  ['UGT1A1', 'HGNC:12530'],
  ['VKORC1', 'HGNC:23663'],
]);

const SYMBOLS: ReadonlyMap<string, string> = new Map([...HGNC_IDS].map(([symbol, id]) => [id, symbol]));

/** The HGNC id of a gene with named alleles; undefined for other genes. Case does not matter. */
export function hgncIdOf(symbol: string): string | undefined {
  return HGNC_IDS.get(symbol.toUpperCase());
}

/** The symbol of a gene with named alleles by its id, such as `HGNC:2621`; undefined for other genes. */
export function symbolOf(hgncId: string): string | undefined {
  return SYMBOLS.get(hgncId);
}
