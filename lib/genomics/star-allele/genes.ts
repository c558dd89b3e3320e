/** How a gene's haplotypes become a diplotype. */
export interface CallableGene {
  /**
   * `best-pair`: the pair of named alleles that explains every call, the one defined by most positions first.
   * `lowest-function`: every allele found is kept, and the two of lowest activity make the diplotype (DPYD: CPIC
   * guideline of 2017, PMID 29152729).
   */
  readonly rule: 'best-pair' | 'lowest-function';
  /**
   * PharmCAT reads an allele that no definition knows as the reference in genes whose variants make a drug toxic, so
   * that its actionable alleles are still reported; in the others such an allele leaves the gene without a call.
   * https://pharmcat.org/methods/NamedAlleleMatcher-201/
   */
  readonly unknownAsReference: boolean;
  /**
   * Whether PharmVar names the gene's alleles by these words. TPMT's and UGT1A1's are named by committees of their own,
   * VKORC1's by the variant, and DPYD's as CPIC writes them. https://www.pharmvar.org/genes
   */
  readonly inPharmVar: boolean;
}

/**
 * The genes called from small variants.
 *
 * CYP2D6 is not among them: whole-gene deletions (*5), duplications and hybrids with CYP2D7 decide its activity and do
 * not show in small variants, so a call without them would be a guess. HLA is not: its alleles differ over whole exons
 * and reads of its genes do not map to one reference. Both are imported from the callers made for them.
 */
export const CALLABLE_GENES: ReadonlyMap<string, CallableGene> = new Map([
  ['CYP2C19', { rule: 'best-pair', unknownAsReference: false, inPharmVar: true }],
  ['CYP2C9', { rule: 'best-pair', unknownAsReference: false, inPharmVar: true }],
  ['CYP3A5', { rule: 'best-pair', unknownAsReference: false, inPharmVar: true }],
  ['CYP4F2', { rule: 'best-pair', unknownAsReference: false, inPharmVar: true }],
  ['DPYD', { rule: 'lowest-function', unknownAsReference: true, inPharmVar: false }],
  ['NUDT15', { rule: 'best-pair', unknownAsReference: true, inPharmVar: true }],
  ['SLCO1B1', { rule: 'best-pair', unknownAsReference: false, inPharmVar: true }],
  ['TPMT', { rule: 'best-pair', unknownAsReference: true, inPharmVar: false }],
  ['UGT1A1', { rule: 'best-pair', unknownAsReference: false, inPharmVar: false }],
  ['VKORC1', { rule: 'best-pair', unknownAsReference: false, inPharmVar: false }],
]);
