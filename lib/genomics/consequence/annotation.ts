import { type Impact, strongestImpact, termNamed } from './terms.ts';

/** What a tool says of one allele and one transcript (or regulatory feature, or the space between genes). */
export interface ConsequenceAnnotation {
  /** The allele in the tool's own notation; undefined when the format names none. */
  readonly allele: string | undefined;
  /** 1-based number of the record's ALT allele; undefined when it can't be told which one is meant. */
  readonly altNumber: number | undefined;
  /** Gene symbol, else what stands in its place. */
  readonly gene: string | undefined;
  readonly geneId: string | undefined;
  /** Accession as written, with or without version; also of a regulatory feature. */
  readonly transcript: string | undefined;
  /** `protein_coding` ... */
  readonly biotype: string | undefined;
  /** Sequence Ontology codes in the order written, without repeats. */
  readonly consequences: readonly string[];
  /** Consequences that are no term of the table, as written. */
  readonly unknownConsequences: readonly string[];
  /** As the tool states it, else the strongest of the terms. */
  readonly impact: Impact | undefined;
  /** `ENST00000342066.3:c.83G>A`; with the transcript in front, as HGVS needs it, wherever the tool names one. */
  readonly cHgvs: string | undefined;
  /** `NP_001005484.2:p.Ala30Gly`, or `p.Ala30Gly` when the tool names no protein. */
  readonly pHgvs: string | undefined;
  /** Protein accession, where the tool gives one. */
  readonly protein: string | undefined;
}

/** An annotation as it is stored with the allele that it is about. */
export interface StatedConsequence extends Omit<ConsequenceAnnotation, 'allele' | 'altNumber'> {
  /** What stated it, such as `VEP 105`. */
  readonly tool: string;
}

/** Gives the fields that all formats fill alike. */
export function consequencesOf(
  names: readonly string[],
  impact?: Impact,
): Pick<ConsequenceAnnotation, 'consequences' | 'unknownConsequences' | 'impact'> {
  const terms = names.map((name) => [name, termNamed(name)?.code] as const);
  const consequences = [...new Set(terms.flatMap(([, code]) => code ?? []))];
  return {
    consequences,
    unknownConsequences: terms.flatMap(([name, code]) => (code === undefined ? [name] : [])),
    impact: impact ?? strongestImpact(consequences),
  };
}

/** Undefined for an empty field. */
export function stated(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

/** Undoes the percent signs that VCF asks for, such as `p.Thr190%3D`; a stray `%` stays. */
export function decoded(text: string | undefined): string | undefined {
  return stated(text)?.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `accession:change`, unless the change names its accession already or none is known. */
export function onAccession(accession: string | undefined, change: string | undefined): string | undefined {
  return change === undefined || accession === undefined || change.includes(':') ? change : `${accession}:${change}`;
}
