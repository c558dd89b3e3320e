import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import { codedCondition } from './conditions.ts';
import type { DrugIndex } from './drugs.ts';
import type { ImportReport } from './report.ts';
import type { GeneFunction, TxRow } from './rows.ts';
import { guidelineEvidence, phenotypeAnswer, withCode } from './significance.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';

interface CpicRecommendation {
  readonly implications: Readonly<Record<string, string>>;
  readonly drugrecommendation: string;
  readonly classification: string;
  readonly phenotypes: Readonly<Record<string, string>>;
  readonly lookupkey: Readonly<Record<string, string>>;
  readonly comments: string;
  readonly population: string;
}

interface CpicGuidelineFile {
  readonly drugid: string;
  readonly drugname: string;
  readonly guidelinepharmgkbids: readonly string[];
  /** Null where CPIC has a guideline that follows no table of phenotypes (warfarin). */
  readonly recommendations: readonly CpicRecommendation[] | null;
}

interface Html {
  readonly html: string;
}

interface DpwgGroup {
  readonly id: string;
  readonly strength: { readonly term: string } | null;
  readonly genePhenotypes: readonly string[] | null;
  readonly metabolizerStatus: Html | null;
  readonly recommendation: Html | null;
  readonly implications: Html | null;
}

interface DpwgGuidelineFile {
  readonly guideline: {
    readonly id: string;
    readonly source: string;
    readonly relatedChemicals: readonly { readonly id: string; readonly name: string }[];
  };
  readonly annotationGroups: readonly DpwgGroup[];
}

/**
 * Reads one guideline annotation file as PharmCAT published it (JSON, plain or gzip; CPIC's form and DPWG's): one row
 * for each recommendation and drug, keyed by what the genes' functions must be.
 *
 * @throws NotFoundError, or InvalidInputError naming the file.
 */
export async function readGuideline(path: string, report: ImportReport, drugs: DrugIndex): Promise<readonly TxRow[]> {
  const file = basename(path);
  const content = await readJson(path, file);
  if (isCpic(content)) return cpicRows(content, file, report, drugs);
  if (isDpwg(content)) return dpwgRows(content, file, report, drugs);
  throw new InvalidInputError(
    `${file} is no guideline annotation: it has neither recommendations nor annotationGroups`,
  );
}

async function readJson(path: string, file: string): Promise<unknown> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new NotFoundError(`${path} cannot be read; check the path`, undefined, { cause });
  }
  try {
    return JSON.parse((bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8'));
  } catch (cause) {
    throw new InvalidInputError(`${file} is not JSON: ${(cause as Error).message}`, undefined, { cause });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isCpic = (content: unknown): content is CpicGuidelineFile =>
  isObject(content) &&
  (content['recommendations'] === null || Array.isArray(content['recommendations'])) &&
  typeof content['drugname'] === 'string';

const isDpwg = (content: unknown): content is DpwgGuidelineFile =>
  isObject(content) && isObject(content['guideline']) && Array.isArray(content['annotationGroups']);

function cpicRows(
  { drugname, drugid, guidelinepharmgkbids, recommendations }: CpicGuidelineFile,
  file: string,
  report: ImportReport,
  drugs: DrugIndex,
): readonly TxRow[] {
  const [, rxNorm] = /^RxNorm:(\d+)$/.exec(drugid) ?? [];
  const known = drugs.byName(drugname);
  const treatments =
    known.code === undefined && rxNorm !== undefined
      ? [{ system: KNOWLEDGE_SYSTEM.rxNorm, code: rxNorm, display: drugname }]
      : [known];
  if (recommendations === null) {
    report.row();
    report.refuse({ file, line: 1 }, 'no recommendation by phenotype', drugname);
    return [];
  }
  return recommendations.flatMap((one): readonly TxRow[] => {
    report.row();
    const functions = Object.entries(one.lookupkey).map(([gene, lookup]): GeneFunction => ({ gene, lookup }));
    if (functions.length === 0) {
      report.refuse({ file, line: 1 }, 'no gene it depends on', `${drugname}: ${one.drugrecommendation}`);
      return [];
    }
    const evidence = guidelineEvidence('CPIC', one.classification);
    const phenotypes = Object.entries(one.phenotypes);
    const answer = phenotypes.length === 1 ? phenotypeAnswer(phenotypes[0]?.[1] ?? '') : undefined;
    return [
      {
        kind: 'tx',
        functions: [functions],
        treatments,
        conditions: one.population === 'general' ? [] : codedCondition(one.population, []),
        implication: withCode(words(one.implications), answer),
        recommendation: one.drugrecommendation,
        ...(evidence === undefined ? {} : { evidence }),
        identifiers: guidelinepharmgkbids.map((value) => ({ system: KNOWLEDGE_SYSTEM.pharmGkb, value })),
        source: 'CPIC',
      },
    ];
  });
}

/** The words of one gene stand alone; of several, each after its gene. */
function words(implications: Readonly<Record<string, string>>): string {
  const all = Object.entries(implications);
  return all.length === 1 ? (all[0]?.[1] ?? '') : all.map(([gene, text]) => `${gene}: ${text}`).join('; ');
}

function dpwgRows(
  { guideline, annotationGroups }: DpwgGuidelineFile,
  file: string,
  report: ImportReport,
  drugs: DrugIndex,
): readonly TxRow[] {
  return annotationGroups.flatMap((group): readonly TxRow[] => {
    report.row();
    const functions = (group.genePhenotypes ?? []).map(combination);
    if (functions.length === 0 || functions.some(({ length }) => length === 0)) {
      report.refuse({ file, line: 1 }, 'no gene it depends on', group.id);
      return [];
    }
    const evidence = guidelineEvidence(guideline.source, group.strength?.term);
    const status = plainText(group.metabolizerStatus);
    const recommendation = plainText(group.recommendation);
    return guideline.relatedChemicals.map(({ id, name }) => ({
      kind: 'tx',
      functions,
      treatments: [drugs.byPharmGkb(id, name)],
      conditions: [],
      implication: withCode(plainText(group.implications) || status, phenotypeAnswer(status)),
      ...(recommendation === '' ? {} : { recommendation }),
      ...(evidence === undefined ? {} : { evidence }),
      identifiers: [
        { system: KNOWLEDGE_SYSTEM.pharmGkb, value: guideline.id },
        { system: KNOWLEDGE_SYSTEM.pharmGkb, value: group.id },
      ],
      source: guideline.source,
    }));
  });
}

/** `CYP2C19:No function/Normal function`; several genes are joined by `;`. */
function combination(text: string): readonly GeneFunction[] {
  return text.split(';').flatMap((part) => {
    const at = part.indexOf(':');
    return at < 1 ? [] : [{ gene: part.slice(0, at).trim(), lookup: part.slice(at + 1).trim() }];
  });
}

const ENTITIES = new Map<string, string>(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    '#39': "'",
    nbsp: ' ',
    ge: '≥',
    le: '≤',
  }),
);

function plainText(html: Html | null): string {
  return (html?.html ?? '')
    .replace(/<\/?(?:p|li|ol|ul|br)\b[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#?\w+);/g, (entity, name: string) => ENTITIES.get(name) ?? entity)
    .replace(/\s+/g, ' ')
    .trim();
}
