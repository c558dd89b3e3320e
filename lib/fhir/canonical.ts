/**
 * Root of the URIs that this project defines: OperationDefinitions, the CapabilityStatement and extensions. It names
 * and never resolves: `.example` is reserved (RFC 2606), so nobody else can publish under it.
 */
export const CANONICAL = 'https://genomics-archive.example/fhir';

/** Root of the HL7 Genomics Reporting Implementation Guide. */
export const IG = 'http://hl7.org/fhir/uv/genomics-reporting';

/**
 * Extension on a `variants` group: how much of its range the subject's tests could have seen. `valueCode` is
 * `covered`, `partly`, `not-covered` or `unknown`.
 */
export const RANGE_COVERAGE = `${CANONICAL}/StructureDefinition/range-coverage`;

/**
 * Extension on a `haplotypes` group, one for each gene and test without a genotype: why there is none. Parts: `gene`
 * (symbol), `test` (identifier of the test; absent when none was looked at), `outcome` and, where it is known,
 * `definitions` (release of the allele definitions) and `missing` (each a defining position that the test did not call,
 * as a 0-based half-open range with its dbSNP number, if any). `outcome` is
 *
 * - `undetermined`: the answer depends on the missing positions. It is not known to be normal.
 * - `unmatched`: no two named alleles explain what was called.
 * - `not-tested`: the test called none of the gene's positions, or the subject has no germline test.
 * - `not-defined`: no definition of the gene's alleles is loaded.
 * - `not-called`: this server does not call the gene, and no genotype was imported.
 */
export const STAR_ALLELE_CALL = `${CANONICAL}/StructureDefinition/star-allele-call`;

/**
 * Code system of genotypes and haplotypes whose names no published code system defines, such as `TPMT *1/*3A` or `DPYD
 * c.1905+1G>A (*2A)`: the gene and the alleles as CPIC and PharmCAT write them, or as they were imported.
 */
export const ALLELE_NAMES = `${CANONICAL}/CodeSystem/allele-names`;

/** URL of a profile of the Implementation Guide, such as `variant`. */
export function profileUrl(profile: string): string {
  return `${IG}/StructureDefinition/${profile}`;
}
