import type { Assembly } from '../genomics/assembly.ts';
import type { SiteCopies } from '../genomics/site-copies.ts';

/** A code, a word, or both: one of `code` (with its `system`) and `display` is always there. */
export interface Coded {
  readonly system?: string;
  readonly code?: string;
  readonly display?: string;
}

/** One drug or other treatment. */
export interface Treatment extends Coded {
  /** The same treatment in other vocabularies. */
  readonly also?: readonly { readonly system: string; readonly code: string }[];
}

export interface Identifier {
  readonly system: string;
  readonly value: string;
}

/** A code of LOINC (or of the named system) where one fits, and always the source's own words. */
export interface Statement {
  readonly system?: string;
  readonly code?: string;
  readonly text: string;
}

/** What a variant means for a diagnosis. */
export interface DxRow {
  readonly kind: 'dx';
  /** SPDI, 0-based, trimmed, not yet normalised; of either assembly or both. */
  readonly variants: readonly string[];
  readonly significance: Statement;
  /** The source's own words, such as `criteria provided, single submitter`. */
  readonly reviewStatus?: string;
  readonly evidence?: Statement;
  /** Codings of one condition stand together and have the same display. */
  readonly conditions: readonly Coded[];
  /** Of the statement: variation, record, submission, evidence item. */
  readonly identifiers: readonly Identifier[];
  /** Of the variant itself: dbSNP, ClinGen, allele. */
  readonly variantIdentifiers?: readonly Identifier[];
  readonly source: string;
}

/** What a gene's function must be, in the words its knowledge source looks it up by. */
export interface GeneFunction {
  /** HGNC symbol. */
  readonly gene: string;
  /** `Poor Metabolizer`, an activity score `1.25`, `*57:01 positive`, `No function/Normal function`. */
  readonly lookup: string;
}

/** Of a statement about the genotype of one dbSNP variant, in which all copies of its place count. */
export interface SiteGenotype {
  /** Such as `rs4149056`. */
  readonly rsid: string;
  /** What the subject must have of `variants`. Absent where nobody knows these: such a statement can't be joined, and answers say that it is left out. */
  readonly copies?: SiteCopies;
  /** Where it asks for something else, or for reference bases, in the other assembly. */
  readonly only?: Assembly;
}

/** What a variant, a genotype or the function of genes means for a treatment. */
export interface TxRow {
  readonly kind: 'tx';
  /** Any of them. SPDI as in {@link DxRow}. */
  readonly variants?: readonly string[];
  /** Variants are then all bases that one place has there beside the reference's, and both of `compound` are needed. */
  readonly site?: SiteGenotype;
  /** Any of them. */
  readonly genotypes?: readonly Coded[];
  /** Any of these combinations; in a combination, all genes must agree. */
  readonly functions?: readonly (readonly GeneFunction[])[];
  /** Several are a combination. */
  readonly treatments: readonly Treatment[];
  readonly conditions: readonly Coded[];
  readonly implication: Statement;
  /** What the source advises to do. */
  readonly recommendation?: string;
  readonly evidence?: Statement;
  readonly identifiers: readonly Identifier[];
  readonly source: string;
}

/** What a variant does to a transcript, or to the function of its gene. */
export interface McRow {
  readonly kind: 'mc';
  /** SPDI as in {@link DxRow}. */
  readonly variant: string;
  readonly transcript?: string;
  readonly cHgvs?: string;
  readonly pHgvs?: string;
  readonly proteinRefSeq?: string;
  /** Sequence Ontology codes, all of which hold. */
  readonly consequences: readonly string[];
  /** Codes of what is narrower than functional_effect_variant. */
  readonly functionalEffects: readonly string[];
  /** HIGH, MODERATE, LOW or MODIFIER. */
  readonly impact?: string;
  /** Of the statement. */
  readonly identifiers: readonly Identifier[];
  readonly source: string;
}

export type KnowledgeRow = DxRow | TxRow | McRow;
