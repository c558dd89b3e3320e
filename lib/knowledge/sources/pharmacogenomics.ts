import { InvalidInputError } from '../../genomics/errors.ts';
import {
  type CivicDrugs,
  readCivicAssertions,
  readCivicDrugs,
  readCivicEvidence,
  readCivicVariants,
} from '../civic.ts';
import { readCpicSql } from '../cpic.ts';
import { type Drug, type DrugIndex, drugIndex, readPharmGkbDrugs } from '../drugs.ts';
import { readGuideline } from '../guidelines.ts';
import { readPharmGkbAnnotations, readPharmGkbClinicalVariants, rsNumbersIn } from '../pharmgkb.ts';
import type { ReleaseSink } from '../release/stage-rows.ts';
import { readSites } from '../sites/read-sites.ts';
import { collectSites } from '../sites/site.ts';
import { type PublishedFiles, recognise } from './recognise.ts';

/** Files that tell the codes of drugs by name. */
const DRUG_FILES = ['cpic-sql', 'pharmgkb-drugs'] as const;

async function drugsIn(files: PublishedFiles, sink: ReleaseSink): Promise<DrugIndex> {
  const drugs: Drug[] = [];
  for (const path of files.get('cpic-sql') ?? []) drugs.push(...(await readCpicSql(path, sink.report)).drugs);
  for (const path of files.get('pharmgkb-drugs') ?? []) drugs.push(...(await readPharmGkbDrugs(path, sink.report)));
  return drugIndex(drugs);
}

/**
 * CIViC's ClinicalEvidenceSummaries and AssertionSummaries, with VariantSummaries (places of assertions) and
 * DrugSummaries (NCI Thesaurus codes), and the drug tables of CPIC or PharmGKB for RxNorm codes.
 *
 * @throws InvalidInputError naming file and line
 */
export async function readCivic(paths: readonly string[], sink: ReleaseSink): Promise<void> {
  const used = ['civic-evidence', 'civic-assertions', 'civic-variants', 'civic-drugs', ...DRUG_FILES] as const;
  const files = await recognise(paths, 'civic', used);
  const variants = new Map<string, { readonly spdi: string } | { readonly reason: string }>();
  const drugs = new Map<string, { readonly system: string; readonly code: string }>();
  for (const path of files.get('civic-variants') ?? []) addAll(variants, await readCivicVariants(path, sink.report));
  for (const path of files.get('civic-drugs') ?? []) addAll(drugs, await readCivicDrugs(path, sink.report));
  const context = { variants, drugs: drugs as CivicDrugs, otherDrugs: await drugsIn(files, sink) };
  const [evidence, assertions] = [files.get('civic-evidence') ?? [], files.get('civic-assertions') ?? []];
  if (evidence.length + assertions.length === 0) {
    throw new InvalidInputError(
      'name ClinicalEvidenceSummaries or AssertionSummaries: the other files only complete them',
    );
  }
  if (assertions.length > 0 && variants.size === 0) {
    throw new InvalidInputError('AssertionSummaries does not say where variants lie; name VariantSummaries too');
  }
  for (const path of evidence) {
    for await (const rows of readCivicEvidence(path, sink.report, context)) await sink.rows(rows);
  }
  for (const path of assertions) {
    for await (const rows of readCivicAssertions(path, sink.report, context)) await sink.rows(rows);
  }
}

function addAll<K, V>(to: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) to.set(key, value);
}

/**
 * Guideline annotations of CPIC (or DPWG) as JSON, a file for each guideline or drug, with CPIC's own dump or
 * PharmGKB's `drugs.tsv` for the codes of drugs.
 *
 * @throws InvalidInputError naming file and line
 */
export async function readCpic(paths: readonly string[], sink: ReleaseSink): Promise<void> {
  const files = await recognise(paths, 'cpic', ['guideline', ...DRUG_FILES]);
  const guidelines = files.get('guideline') ?? [];
  if (guidelines.length === 0) {
    throw new InvalidInputError(
      "name CPIC's guideline annotations (JSON): the other files only tell the codes of drugs",
    );
  }
  const drugs = await drugsIn(files, sink);
  for (const path of guidelines) await sink.rows(await readGuideline(path, sink.report, drugs));
}

/**
 * PharmGKB's (ClinPGx') annotations with their alleles, `clinicalVariants.tsv` and guideline annotations, with
 * `drugs.tsv` or CPIC's dump for the codes of drugs.
 *
 * @param siteFiles say where rs numbers lie (sites/read-sites.ts)
 * @throws InvalidInputError naming file and line
 */
export async function readPharmGkb(
  paths: readonly string[],
  sink: ReleaseSink,
  siteFiles: readonly string[] = [],
): Promise<void> {
  const used = ['pharmgkb-annotations', 'pharmgkb-alleles', 'pharmgkb-variants', 'guideline', ...DRUG_FILES] as const;
  const files = await recognise(paths, 'pharmgkb', used);
  const drugs = await drugsIn(files, sink);
  const [annotations = [], alleles = []] = [files.get('pharmgkb-annotations'), files.get('pharmgkb-alleles')];
  if (annotations.length !== alleles.length || annotations.length > 1) {
    throw new InvalidInputError('name one file of annotations together with its file of alleles');
  }
  const [annotation, allele] = [annotations[0], alleles[0]];
  const rsNumbers = annotation === undefined ? new Set<string>() : await rsNumbersIn(annotation);
  if (annotation !== undefined && allele !== undefined) {
    const sites = collectSites(rsNumbers);
    await readSites(siteFiles, sites);
    const all = readPharmGkbAnnotations(annotation, allele, sink.report, drugs, sites);
    for await (const rows of all) await sink.rows(rows);
  }
  for (const path of files.get('pharmgkb-variants') ?? []) {
    for await (const rows of readPharmGkbClinicalVariants(path, sink.report, drugs, rsNumbers)) await sink.rows(rows);
  }
  for (const path of files.get('guideline') ?? []) await sink.rows(await readGuideline(path, sink.report, drugs));
}
