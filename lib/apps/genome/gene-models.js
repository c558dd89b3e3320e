// Where genes lie, from the server's own transcript models.

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {{ accession: string, start0: number, end0: number }} Range */
/** @typedef {{ symbol: string, range: Range, transcript: string | undefined }} GeneModel */
/** @typedef {{ ranges: readonly Range[], strand: string | undefined }} Exons */
/** @typedef {'build37' | 'build38'} Build */

/**
 * Bases around a gene that are looked at as well: promoter variants such as CYP2C19*17 (780 bases before the first
 * exon) and VKORC1 c.-1639G>A lie outside the transcript.
 */
export const AROUND = 2_000;

/** The genes that are looked at unless others are asked for. */
export const GENES = {
  Medicines: ['CYP2C19', 'CYP2C9', 'CYP2D6', 'VKORC1', 'SLCO1B1', 'DPYD', 'TPMT', 'NUDT15', 'UGT1A1', 'G6PD'],
  'Hereditary cancer': ['BRCA1', 'BRCA2', 'TP53', 'APC', 'MUTYH', 'MLH1', 'PMS2', 'CHEK2'],
  'Inherited conditions': ['CFTR', 'HBB', 'HFE', 'GJB2', 'LDLR', 'F5', 'F2', 'APOE'],
  Tumours: ['EGFR', 'BRAF', 'KRAS', 'ALK', 'ABL1', 'BCR'],
};

/** The genes whose genotypes are asked for; those of HLA and CYP2D6 come from tests of their own. */
export const GENOTYPED = [...GENES.Medicines, 'CYP3A5', 'CYP4F2', 'HLA-A', 'HLA-B'];

/** @param {string} text `NC_…:start-end`, 0-based and half-open @returns {Range} */
export function parseRange(text) {
  const [, accession, start, end] = /^(.+):(\d+)-(\d+)$/.exec(text) ?? [];
  if (accession === undefined) throw new Error(`${text} is no range`);
  return { accession, start0: Number(start), end0: Number(end) };
}

/** @param {Range} range */
export function formatRange({ accession, start0, end0 }) {
  return `${accession}:${start0}-${end0}`;
}

/** @param {Range} range @returns {Range} */
export function widened({ accession, start0, end0 }) {
  return { accession, start0: Math.max(0, start0 - AROUND), end0: end0 + AROUND };
}

/**
 * Where a gene lies, and its MANE transcript where there is one.
 *
 * @param {GenomicsServer} server
 * @param {string} symbol
 * @param {Build} build
 * @returns {Promise<GeneModel | { problem: string }>}
 */
export async function geneModel(server, symbol, build) {
  const outcome = await server.utility('get-feature-coordinates', { gene: symbol });
  if (outcome.state !== 'answered') return { problem: outcome.why };
  const [entry] = outcome.body;
  const coordinates = entry?.[`${build}Coordinates`];
  if (coordinates === undefined) {
    return { problem: 'Not looked at: this server does not know where the gene lies.' };
  }
  return {
    symbol: entry.geneSymbol ?? symbol,
    range: parseRange(coordinates),
    transcript: entry.MANE?.[0] ?? entry.transcripts?.[0],
  };
}

/**
 * Exons of a gene's transcript; none where the server has no model of it.
 *
 * @param {GenomicsServer} server
 * @param {GeneModel} gene
 * @param {Build} build
 * @returns {Promise<Exons>}
 */
export async function exonsOf(server, { transcript }, build) {
  if (transcript === undefined) return { ranges: [], strand: undefined };
  const told = await server.utility('get-feature-coordinates', { transcript });
  const [model] = told.state === 'answered' ? told.body : [];
  const ranges = (model?.exons ?? [])
    .map((/** @type {any} */ exon) => exon[`${build}Coordinates`])
    .filter((/** @type {string | undefined} */ exon) => exon !== undefined)
    .map(parseRange);
  return { ranges, strand: model?.[`${build}Strand`] };
}
