import type { Assembly } from '../../genomics/assembly.ts';
import { InvalidInputError } from '../../genomics/errors.ts';
import { readClinvarSubmissions, readClinvarSummary } from '../clinvar-tables.ts';
import { readClinvarVcf } from '../clinvar-vcf.ts';
import type { ReleaseSink } from '../release/stage-rows.ts';
import type { DxRow } from '../rows.ts';
import { KNOWLEDGE_SYSTEM } from '../systems.ts';
import { recognise } from './recognise.ts';

/** Which of ClinVar's statements are wanted: its own aggregate of each variant, every submission, or both. */
export const CLINVAR_STATEMENTS = ['all', 'aggregates', 'submissions'] as const;

export interface ClinvarOptions {
  readonly statements: (typeof CLINVAR_STATEMENTS)[number];
  /** Of a VCF whose header does not say it. */
  readonly assembly?: Assembly;
}

/**
 * ClinVar's VCF (one or both assemblies), `variant_summary.txt` and `submission_summary.txt`. The last names variants
 * by number only, and so needs one of the others.
 *
 * @throws InvalidInputError naming file and line
 */
export async function readClinvar(
  paths: readonly string[],
  sink: ReleaseSink,
  { statements, assembly }: ClinvarOptions,
): Promise<void> {
  const files = await recognise(paths, 'clinvar', ['vcf', 'summary', 'submissions']);
  const submissions = files.get('submissions') ?? [];
  const placing = [...(files.get('vcf') ?? []), ...(files.get('summary') ?? [])];
  if (submissions.length === 0 && statements === 'submissions') {
    throw new InvalidInputError('submissions are in submission_summary.txt; name it too');
  }
  if (placing.length === 0) {
    throw new InvalidInputError(
      'submission_summary.txt does not say where variants lie; name the VCF or variant_summary.txt too',
    );
  }
  const numbered = submissions.length > 0 && statements !== 'aggregates';
  const take = async (rows: readonly DxRow[]): Promise<void> => {
    if (numbered) for (const row of rows) await sink.variants(numberOf(row), row.variants);
    if (statements !== 'submissions') await sink.rows(rows);
  };
  for (const path of files.get('vcf') ?? []) {
    for await (const rows of readClinvarVcf(path, sink.report, assembly)) await take(rows);
  }
  for (const path of files.get('summary') ?? []) {
    for await (const rows of readClinvarSummary(path, sink.report)) await take(rows);
  }
  if (!numbered) return;
  for (const path of submissions) {
    for await (const { variationId, row } of readClinvarSubmissions(path, sink.report)) {
      await sink.numbered(Number(variationId), row);
    }
  }
}

function numberOf({ identifiers }: DxRow): number {
  return Number(identifiers.find(({ system }) => system === KNOWLEDGE_SYSTEM.clinVar)?.value ?? 0);
}
