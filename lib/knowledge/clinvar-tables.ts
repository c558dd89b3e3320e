import { ASSEMBLIES } from '../genomics/assembly.ts';
import type { Place } from '../ingest/fault.ts';
import { codedCondition, codedConditions } from './conditions.ts';
import type { ImportReport } from './report.ts';
import type { DxRow, Identifier } from './rows.ts';
import { clinvarEvidence, clinvarSignificance } from './significance.ts';
import { spdiOf } from './spdi-of.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';
import { listOf, readTable, type TableRow } from './table.ts';

/** Neighbouring lines of one allele: the same statement, once for each assembly. */
interface Gathered {
  readonly key: string;
  readonly row: TableRow;
  readonly variants: string[];
}

const absent = (text: string): boolean => text === '' || text === '-' || text === 'na' || text === '.';

/**
 * Reads ClinVar's `variant_summary.txt` (every generation of its columns): one row for each allele with the variants
 * of both assemblies, which stand on neighbouring lines.
 *
 * @throws InvalidInputError naming file and line for another file.
 * @see https://ftp.ncbi.nlm.nih.gov/pub/clinvar/tab_delimited/README
 */
export async function* readClinvarSummary(path: string, report: ImportReport): AsyncGenerator<readonly DxRow[]> {
  const needed = ['AlleleID', 'ClinicalSignificance', 'ReviewStatus', 'Assembly', 'PhenotypeIDS'];
  let open: Gathered | undefined;
  for await (const row of readTable(path, needed)) {
    report.row();
    const significance = row.get('ClinicalSignificance');
    const item = row.get('VariationID') || `allele ${row.get('AlleleID')}`;
    if (absent(significance)) {
      report.refuse(row.place, 'no classification of the variant itself', item);
      continue;
    }
    const placed = placedVariant(row);
    if ('reason' in placed) {
      report.refuse(row.place, placed.reason, item);
      continue;
    }
    const key = ['AlleleID', 'VariationID', 'ClinicalSignificance', 'ReviewStatus'].map(row.get).join('\t');
    if (open?.key === key) open.variants.push(placed.spdi);
    else {
      if (open !== undefined) yield [summaryRow(open)];
      open = { key, row, variants: [placed.spdi] };
    }
  }
  if (open !== undefined) yield [summaryRow(open)];
}

function placedVariant(row: TableRow): { readonly spdi: string } | { readonly reason: string } {
  const assembly = ASSEMBLIES.find((one) => one === row.get('Assembly'));
  if (assembly === undefined) return { reason: 'no place in GRCh37 or GRCh38' };
  const [position, ref, alt] = [row.get('PositionVCF'), row.get('ReferenceAlleleVCF'), row.get('AlternateAlleleVCF')];
  if (!absent(position) && position !== '-1' && !absent(ref) && !absent(alt)) {
    return spdiOf(assembly, row.get('Chromosome'), Number(position) - 1, ref, alt);
  }
  return placedWithoutPadding(row, assembly);
}

/** Older columns: `-` for no bases; an insertion lies between Start and Stop. */
function placedWithoutPadding(
  row: TableRow,
  assembly: (typeof ASSEMBLIES)[number],
): { readonly spdi: string } | { readonly reason: string } {
  const bases = (column: string): string => (row.get(column) === '-' ? '' : row.get(column));
  const [deleted, inserted] = [bases('ReferenceAllele'), bases('AlternateAllele')];
  if (row.get('ReferenceAllele') === 'na' || row.get('AlternateAllele') === 'na') {
    return { reason: 'no sequence change stated' };
  }
  const [start, stop] = [Number(row.get('Start')), Number(row.get('Stop'))];
  if (deleted !== '' && stop - start + 1 !== deleted.length) {
    return { reason: 'reference allele is not as long as its place' };
  }
  if (deleted === '' && inserted !== '' && stop !== start + 1) {
    return { reason: 'insertion is not between two neighbouring bases' };
  }
  return spdiOf(assembly, row.get('Chromosome'), deleted === '' ? start : start - 1, deleted, inserted);
}

function summaryRow({ row, variants }: Gathered): DxRow {
  const variation = row.get('VariationID');
  const reviewStatus = row.get('ReviewStatus');
  const [ids, names] = [row.get('PhenotypeIDS'), row.get('PhenotypeList')];
  // Since 2020, `|` separates the conditions; before, `;` did.
  const between = ids.includes('|') || names.includes('|') ? '|' : ';';
  const rs = row.get('RS# (dbSNP)') || row.get('RS (dbSNP)');
  return {
    kind: 'dx',
    variants,
    significance: clinvarSignificance(row.get('ClinicalSignificance')),
    reviewStatus,
    evidence: clinvarEvidence(reviewStatus),
    conditions: codedConditions(
      names.split(between).map((name) => name.trim()),
      ids.split(between).map((list) => listOf(list, /[,;]/)),
    ),
    identifiers: [
      ...(variation === '' ? [] : [{ system: KNOWLEDGE_SYSTEM.clinVar, value: variation }]),
      ...listOf(row.get('RCVaccession'), /[;|]/).map((value) => ({ system: KNOWLEDGE_SYSTEM.clinVarRecord, value })),
    ],
    variantIdentifiers: [
      ...(/^[1-9]\d*$/.test(rs) ? [{ system: KNOWLEDGE_SYSTEM.dbSnp, value: `rs${rs}` }] : []),
      { system: KNOWLEDGE_SYSTEM.clinVarAllele, value: row.get('AlleleID') },
    ],
    source: 'ClinVar',
  };
}

/** One submission to ClinVar. The table names the variation, not its place: join it with the VCF or the summary. */
export interface ClinvarSubmission {
  readonly place: Place;
  readonly variationId: string;
  readonly row: Omit<DxRow, 'variants'>;
}

const SUBMISSION_COLUMNS = ['VariationID', 'ClinicalSignificance', 'ReviewStatus', 'ReportedPhenotypeInfo', 'SCV'];

/** `C0027672:Hereditary cancer-predisposing syndrome;na:Breast cancer`: MedGen's concept, if known, and a name. */
function reportedConditions(text: string): DxRow['conditions'] {
  return listOf(text, ';').flatMap((one) => {
    const at = one.indexOf(':');
    const [concept, name] = [one.slice(0, Math.max(0, at)), one.slice(at + 1)];
    return codedCondition(name, /^CN?\d+$/.test(concept) ? [`MedGen:${concept}`] : []);
  });
}

/**
 * Reads ClinVar's `submission_summary.txt`: one row for each submission, without variants.
 *
 * @throws InvalidInputError naming file and line for another file.
 */
export async function* readClinvarSubmissions(path: string, report: ImportReport): AsyncGenerator<ClinvarSubmission> {
  for await (const row of readTable(path, SUBMISSION_COLUMNS)) {
    report.row();
    const [variationId, scv] = [row.get('VariationID'), row.get('SCV')];
    const significance = row.get('ClinicalSignificance');
    if (absent(significance)) {
      report.refuse(row.place, 'no classification of the variant itself', scv);
      continue;
    }
    const reviewStatus = row.get('ReviewStatus');
    const identifiers: readonly Identifier[] = [
      { system: KNOWLEDGE_SYSTEM.clinVarSubmission, value: scv },
      { system: KNOWLEDGE_SYSTEM.clinVar, value: variationId },
    ];
    yield {
      place: row.place,
      variationId,
      row: {
        kind: 'dx',
        significance: clinvarSignificance(significance),
        reviewStatus,
        evidence: clinvarEvidence(reviewStatus),
        conditions: reportedConditions(row.get('ReportedPhenotypeInfo')),
        identifiers,
        source: 'ClinVar',
      },
    };
  }
}
