import { codedCondition } from './conditions.ts';
import { type DrugIndex, treatmentOf } from './drugs.ts';
import type { ImportReport } from './report.ts';
import type { Identifier, KnowledgeRow, Treatment } from './rows.ts';
import { civicEvidence, civicFunction, civicImplication, civicSignificance } from './significance.ts';
import { spdiOf } from './spdi-of.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';
import { listOf, readTable, type TableRow } from './table.ts';

/** Where CIViC's variants lie, by variant id; a variant that is no single sequence change has the reason instead. */
export type CivicVariants = ReadonlyMap<string, { readonly spdi: string } | { readonly reason: string }>;

/** @throws InvalidInputError naming file and line when it is not CIViC's VariantSummaries. */
export async function readCivicVariants(path: string, report: ImportReport): Promise<CivicVariants> {
  const variants = new Map<string, ReturnType<typeof placedVariant>>();
  for await (const row of readTable(path, ['variant_id', 'chromosome', 'start', 'variant_bases', 'reference_build'])) {
    report.row();
    variants.set(row.get('variant_id'), placedVariant(row));
  }
  return variants;
}

/** Codes by name of a drug in lower case. */
export type CivicDrugs = ReadonlyMap<string, { readonly system: string; readonly code: string }>;

/** Drugs of CIViC by name: with NCI Thesaurus codes where the release states them, else CIViC's own number. */
export async function readCivicDrugs(path: string, report: ImportReport): Promise<CivicDrugs> {
  const drugs = new Map<string, { readonly system: string; readonly code: string }>();
  for await (const row of readTable(path, ['drug_name', 'drug_id'])) {
    report.row();
    const [name, ncit, id] = [row.get('drug_name'), row.get('ncit_id'), row.get('drug_id')];
    const code = /^C\d+$/.test(ncit)
      ? { system: KNOWLEDGE_SYSTEM.ncit, code: ncit }
      : { system: KNOWLEDGE_SYSTEM.civicDrug, code: id };
    drugs.set(name.toLowerCase(), code);
  }
  return drugs;
}

/** CIViC writes bare alleles: none for no bases, an insertion lies between `start` and `stop`. */
function placedVariant(row: TableRow): { readonly spdi: string } | { readonly reason: string } {
  const [ref, alt, chromosome] = [row.get('reference_bases'), row.get('variant_bases'), row.get('chromosome')];
  const [start, stop] = [Number(row.get('start')), Number(row.get('stop'))];
  if (chromosome === '' || row.get('start') === '') return { reason: 'no place in the genome' };
  if (row.get('chromosome2') !== '') return { reason: 'a fusion, not a sequence change' };
  if (ref === '' && alt === '') return { reason: 'no sequence change stated' };
  const build = row.get('reference_build');
  if (build !== 'GRCh37' && build !== 'GRCh38') return { reason: 'no place in GRCh37 or GRCh38' };
  if (ref !== '' && stop - start + 1 !== ref.length) return { reason: 'reference allele is not as long as its place' };
  if (ref === '' && stop !== start + 1) return { reason: 'insertion is not between two neighbouring bases' };
  return spdiOf(build, chromosome, ref === '' ? start : start - 1, ref, alt);
}

/** What evidence and assertions are joined with. */
export interface CivicContext {
  /** Needed for assertions; evidence uses it where it has no place of its own. */
  readonly variants?: CivicVariants;
  /** CIViC's own table of drugs. */
  readonly drugs?: CivicDrugs;
  /** Codes of other sources (RxNorm) for the same names. */
  readonly otherDrugs?: DrugIndex;
}

/**
 * Reads CIViC's ClinicalEvidenceSummaries: one row for each accepted evidence item about a sequence change; a
 * combination of drugs is one row, drugs that may stand for each other are a row each. Predictive evidence is about a
 * treatment; predisposing, diagnostic and prognostic evidence about a diagnosis; functional evidence about what becomes
 * of the function.
 *
 * @throws InvalidInputError naming file and line for another file.
 */
export async function* readCivicEvidence(
  path: string,
  report: ImportReport,
  context: CivicContext = {},
): AsyncGenerator<readonly KnowledgeRow[]> {
  const needed = ['evidence_id', 'variant_id', 'evidence_type', 'evidence_direction', 'evidence_level', 'drugs'];
  for await (const row of readTable(path, needed)) {
    report.row();
    const id = row.get('evidence_id');
    if (row.get('evidence_status') !== 'accepted') {
      report.refuse(row.place, 'not accepted by the editors of CIViC', `EID${id}`);
      continue;
    }
    const identifiers = [
      { system: KNOWLEDGE_SYSTEM.civicEvidence, value: id },
      { system: KNOWLEDGE_SYSTEM.civicVariant, value: row.get('variant_id') },
    ];
    const own = placedVariant(row);
    const placed = 'reason' in own ? (context.variants?.get(row.get('variant_id')) ?? own) : own;
    const evidence = civicEvidence(row.get('evidence_level'));
    yield statements(row, `EID${id}`, 'evidence', placed, evidence, identifiers, report, context);
  }
}

/**
 * Reads CIViC's AssertionSummaries, which name variants by number only.
 *
 * @throws InvalidInputError naming file and line for another file.
 */
export async function* readCivicAssertions(
  path: string,
  report: ImportReport,
  context: CivicContext,
): AsyncGenerator<readonly KnowledgeRow[]> {
  for await (const row of readTable(path, ['assertion_id', 'variant_id', 'assertion_type', 'assertion_direction'])) {
    report.row();
    const id = row.get('assertion_id');
    const placed = context.variants?.get(row.get('variant_id')) ?? { reason: 'no place in the genome' };
    const identifiers = [
      { system: KNOWLEDGE_SYSTEM.civicAssertion, value: id },
      { system: KNOWLEDGE_SYSTEM.civicVariant, value: row.get('variant_id') },
    ];
    const text = row.get('amp_category') || row.get('acmg_codes');
    yield statements(row, `AID${id}`, 'assertion', placed, { text }, identifiers, report, context);
  }
}

function statements(
  row: TableRow,
  item: string,
  table: 'evidence' | 'assertion',
  placed: { readonly spdi: string } | { readonly reason: string },
  evidence: { readonly text: string },
  identifiers: readonly Identifier[],
  report: ImportReport,
  context: CivicContext,
): readonly KnowledgeRow[] {
  const refuse = (reason: string): readonly [] => {
    report.refuse(row.place, reason, item);
    return [];
  };
  const [type, direction] = [row.get(`${table}_type`), row.get(`${table}_direction`)];
  const significance = row.get('clinical_significance');
  if ('reason' in placed) return refuse(placed.reason);
  if (direction === '' || direction === 'N/A' || significance === '' || significance === 'N/A') {
    return refuse('no direction or significance');
  }
  const doid = row.get('doid');
  const shared = {
    variants: [placed.spdi],
    conditions: codedCondition(row.get('disease'), doid === '' ? [] : [`DOID:${doid}`]),
    ...(evidence.text === '' ? {} : { evidence }),
    identifiers,
    source: 'CIViC',
  };
  if (type === 'Predictive') {
    const choices = treatmentChoices(row, context);
    if (choices.length === 0) return refuse('no treatment');
    const implication = civicImplication(direction, significance);
    return choices.map((treatments) => ({ kind: 'tx', ...shared, treatments, implication }));
  }
  if (type === 'Functional') {
    const effect = civicFunction(direction, significance);
    if (effect === undefined)
      return refuse('does not say that function is gained, lost or taken away from the other allele');
    const { source } = shared;
    return [{ kind: 'mc', variant: placed.spdi, consequences: [], functionalEffects: [effect], identifiers, source }];
  }
  if (type !== 'Predisposing' && type !== 'Diagnostic' && type !== 'Prognostic') {
    return refuse('about neither function, a diagnosis nor a treatment');
  }
  return [{ kind: 'dx', ...shared, significance: civicSignificance(direction, significance) }];
}

/** The treatments of each row: one list for a combination, a list each for drugs that may stand for each other. */
function treatmentChoices(row: TableRow, { drugs, otherDrugs }: CivicContext): readonly (readonly Treatment[])[] {
  const text = row.get('drugs');
  // Some names hold a comma (2,4-pyrimidinediamine): the table of drugs, or a digit on both sides, tells.
  const names = drugs?.has(text.toLowerCase()) ? [text] : listOf(text, /,(?!\d)/);
  const treatments = names.map((name) => {
    const own = drugs?.get(name.toLowerCase());
    const { system, code, also = [] } = otherDrugs?.byName(name) ?? {};
    const others = system === undefined || code === undefined ? [] : [{ system, code }, ...also];
    return treatmentOf(name, own === undefined ? others : [...others, own]);
  });
  if (treatments.length === 0) return [];
  return row.get('drug_interaction_type') === 'Substitutes' ? treatments.map((one) => [one]) : [treatments];
}
