/** A column of a Parquet file: its DuckDB type and what it means. */
export interface Column {
  readonly name: string;
  readonly type: 'VARCHAR' | 'INTEGER' | 'SMALLINT' | 'TINYINT' | 'FLOAT' | 'BOOLEAN';
  readonly doc: string;
}

/** Written to every file's footer metadata; columns are only ever added. */
export const SCHEMA_VERSION = 1;

/** Rows of a cohort's file, about: it is cut at subjects, so that one subject's question reads one small file. */
export const COHORT_FILE_ROWS = 131_072;

/** Rows per row group of per-study files: the size that reads the fewest bytes for a gene (spec/platform.md 2a). */
export const STUDY_ROW_GROUP_SIZE = 8192;

/** Columns that say what a genotype says of one allele. */
const CALL: readonly Column[] = [
  { name: 'genotype', type: 'VARCHAR', doc: 'GT as written; NULL when the file has none' },
  {
    name: 'allelic_state',
    type: 'VARCHAR',
    doc: 'heterozygous, homozygous, hemizygous, homoplasmic, heteroplasmic or NULL',
  },
  {
    name: 'phase_set',
    type: 'VARCHAR',
    doc: 'PS as written, `.` for a phased genotype without PS, NULL when unphased',
  },
  { name: 'haplotypes', type: 'SMALLINT', doc: 'bit i is set when haplotype i carries the allele; NULL when unphased' },
  { name: 'allele_depth', type: 'INTEGER', doc: 'reads that show the allele' },
  { name: 'depth', type: 'INTEGER', doc: 'reads at the position' },
  {
    name: 'allele_fraction',
    type: 'FLOAT',
    doc: 'allele_depth over all AD, else AF or VAF as the caller states; 0 to 1',
  },
];

const CARRIER: readonly Column[] = [
  { name: 'subject', type: 'VARCHAR', doc: 'subject id; files are sorted by subject, then position' },
  { name: 'input', type: 'SMALLINT', doc: "index into the study's inputs" },
  { name: 'source_class', type: 'VARCHAR', doc: 'germline, somatic or NULL when unknown' },
];

const REPORTED: readonly Column[] = [
  { name: 'reported_start0', type: 'INTEGER', doc: 'VCF POS - 1, interbase' },
  { name: 'ref', type: 'VARCHAR', doc: 'REF as reported' },
  { name: 'alt', type: 'VARCHAR', doc: 'the one ALT of the record that the subject carries, as reported' },
  { name: 'ids', type: 'VARCHAR', doc: 'ID as reported; NULL for `.`' },
  {
    name: 'filters',
    type: 'VARCHAR',
    doc: 'FILTER as reported, joined with a failing FT of the sample by `;`; only PASS and `.` are answered',
  },
];

/** Added after the first files: absent from older ones, which is as if they were NULL. */
export const JUSTIFIED_COLUMNS: readonly Column[] = [
  {
    name: 'norm_start0',
    type: 'INTEGER',
    doc: 'start of the fully-justified interval of a pure insertion or deletion; NULL when not normalised',
  },
  { name: 'norm_end0', type: 'INTEGER', doc: 'its end, exclusive; NULL when norm_start0 is' },
];

/**
 * `variants`: alleles stated as sequence, one row per allele and carrier; one file per study, input, chromosome and
 * range of subjects.
 */
export const VARIANT_COLUMNS: readonly Column[] = [
  ...CARRIER,
  { name: 'start0', type: 'INTEGER', doc: 'start of the trimmed allele, interbase' },
  { name: 'end0', type: 'INTEGER', doc: 'end of the trimmed allele, exclusive; equal to start0 for an insertion' },
  ...REPORTED,
  ...CALL,
  ...JUSTIFIED_COLUMNS,
];

/** `structural`: symbolic alleles, breakends and length changes of 50 bp or more; all chromosomes of one input. */
export const STRUCTURAL_COLUMNS: readonly Column[] = [
  ...CARRIER,
  { name: 'chromosome', type: 'VARCHAR', doc: '1..22, X, Y, MT or MT-hg19' },
  { name: 'start0', type: 'INTEGER', doc: 'start of the variant without its padding base, interbase' },
  { name: 'end0', type: 'INTEGER', doc: 'end, exclusive; equal to start0 for an insertion or a breakpoint' },
  { name: 'outer_start0', type: 'INTEGER', doc: 'start of the widest interval that CIPOS and CIEND allow' },
  { name: 'outer_end0', type: 'INTEGER', doc: 'its end, exclusive' },
  { name: 'inner_start0', type: 'INTEGER', doc: 'start of the interval that is certain; NULL when none is' },
  { name: 'inner_end0', type: 'INTEGER', doc: 'its end, exclusive' },
  { name: 'imprecise', type: 'BOOLEAN', doc: 'whether CIPOS, CIEND or IMPRECISE makes the ends uncertain' },
  { name: 'change_type', type: 'VARCHAR', doc: 'INS, DEL, DELINS, DUP, INV, CNV, BND or CPX' },
  { name: 'copy_number', type: 'FLOAT', doc: 'CN of the sample, else of the record' },
  { name: 'sv_length', type: 'INTEGER', doc: 'SVLEN in bases; negative for deletions' },
  { name: 'mate_contig', type: 'VARCHAR', doc: 'contig of the other breakpoint, as the file names it' },
  { name: 'mate_start0', type: 'INTEGER', doc: 'the other breakpoint, interbase' },
  ...REPORTED,
  ...CALL,
];

/**
 * What a `regions` row states. `studied`, `uncallable`: a BED. `called`: sites with a called genotype. `block`:
 * reference blocks with DP > 0 and GQ >= 20. `uncalled`: no-call sites. `filtered`: sites whose FILTER (or FT) failed.
 */
export const REGION_KINDS = ['studied', 'uncallable', 'called', 'block', 'uncalled', 'filtered'] as const;
export type RegionKind = (typeof REGION_KINDS)[number];

/** `regions`: what a test could and could not see, one file per study, input and chromosome, sorted by kind and start0. */
export const REGION_COLUMNS: readonly Column[] = [
  { name: 'subject', type: 'VARCHAR', doc: 'NULL for all subjects of the input; else this subject only' },
  { name: 'input', type: 'SMALLINT', doc: "index into the study's inputs" },
  { name: 'kind', type: 'VARCHAR', doc: 'studied, uncallable, called, block, uncalled or filtered' },
  { name: 'start0', type: 'INTEGER', doc: 'interbase' },
  { name: 'end0', type: 'INTEGER', doc: 'exclusive' },
];

/** `genotypes`: imported star-allele and HLA genotypes, one row each; one file per study and input. */
export const GENOTYPE_COLUMNS: readonly Column[] = [
  ...CARRIER,
  { name: 'gene_symbol', type: 'VARCHAR', doc: 'HGNC symbol' },
  { name: 'gene_id', type: 'VARCHAR', doc: 'HGNC id, such as HGNC:2621; NULL when not stated' },
  { name: 'genotype_system', type: 'VARCHAR', doc: 'URI of the code system; NULL when the code is of none' },
  { name: 'genotype_code', type: 'VARCHAR', doc: 'as stated' },
  { name: 'genotype_display', type: 'VARCHAR', doc: 'as stated, else the code' },
  { name: 'phenotype', type: 'VARCHAR', doc: 'as the source states it; NULL when it does not' },
  { name: 'activity_score', type: 'VARCHAR', doc: 'as the source states it; NULL when it does not' },
  {
    name: 'candidates',
    type: 'SMALLINT',
    doc: 'genotypes of the gene that the source could not tell apart; 1 = certain',
  },
];
