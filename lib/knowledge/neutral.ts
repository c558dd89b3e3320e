import { basename } from 'node:path';
import { FUNCTIONAL_EFFECT, impactNamed, termOf, withNarrower } from '../genomics/consequence/terms.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { SITE_COPIES } from '../genomics/site-copies.ts';
import { parseSpdi } from '../genomics/spdi.ts';
import { fault, type Place, quoted } from '../ingest/fault.ts';
import type { ImportReport } from './report.ts';
import type { DxRow, KnowledgeRow, McRow, TxRow } from './rows.ts';
import { lineBlocks } from './table.ts';

/** Checks a value at a path such as `conditions[2].code`, and gives the fault of it. */
type Check = (value: unknown, path: string) => string | undefined;
type Shape = Readonly<Record<string, { readonly required: boolean; readonly check: Check }>>;

const text: Check = (value, path) =>
  typeof value === 'string' && value.trim() !== '' ? undefined : `${path} must be text that is not empty`;

const spdi: Check = (value, path) => {
  if (typeof value !== 'string') return `${path} must be a variant as SPDI`;
  try {
    const { accession, deleted } = parseSpdi(value);
    if (!accession.startsWith('NC_')) return `${path} is not on a chromosome (NC_...): ${quoted(value)}`;
    return deleted === undefined ? `${path} must state its deleted bases: ${quoted(value)}` : undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return `${path} is not SPDI: ${quoted(value)}`;
    throw error;
  }
};

/** A code whose place in the ontology is not known would not be found by what is broader. */
const consequence: Check = (value, path) => {
  if (typeof value !== 'string' || !/^SO:\d{7}$/.test(value)) return `${path} must be a code such as SO:0001583`;
  return termOf(value) === undefined ? `${path} is no consequence that is known here: ${value}` : undefined;
};

const functionalEffect: Check = (value, path) =>
  typeof value === 'string' && value !== FUNCTIONAL_EFFECT && withNarrower(FUNCTIONAL_EFFECT).has(value)
    ? undefined
    : `${path} must be a functional effect that is known here, such as SO:0002053 (gain_of_function_variant)`;

const impact: Check = (value, path) =>
  typeof value === 'string' && impactNamed(value) !== undefined
    ? undefined
    : `${path} must be HIGH, MODERATE, LOW or MODIFIER`;

const listOf =
  (check: Check, atLeast = 0): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`;
    if (value.length < atLeast) return `${path} must not be empty`;
    return value.map((one, i) => check(one, `${path}[${i}]`)).find((found) => found !== undefined);
  };

const object =
  (shape: Shape, also?: (value: Readonly<Record<string, unknown>>, path: string) => string | undefined): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} must be an object`;
    const record = value as Readonly<Record<string, unknown>>;
    const inside = (key: string): string => (path === '' ? key : `${path}.${key}`);
    for (const key of Object.keys(record)) {
      if (!Object.hasOwn(shape, key)) {
        return `${inside(quoted(key))} is unknown; known are ${Object.keys(shape).join(', ')}`;
      }
    }
    for (const [key, { required, check }] of Object.entries(shape)) {
      const found = record[key];
      if (found === undefined ? required : true) {
        const wrong = found === undefined ? `${inside(key)} is missing` : check(found, inside(key));
        if (wrong !== undefined) return wrong;
      }
    }
    return also?.(record, path);
  };

const must = (check: Check) => ({ required: true, check });
const may = (check: Check) => ({ required: false, check });

const coded = object({ system: may(text), code: may(text), display: may(text) }, (value, path) => {
  if (value['code'] !== undefined && value['system'] === undefined) return `${path}.system is missing beside the code`;
  return value['code'] === undefined && value['display'] === undefined
    ? `${path} must have a code or a display`
    : undefined;
});
const codedTwice = { system: must(text), code: must(text) };
const treatment = object(
  { system: may(text), code: may(text), display: may(text), also: may(listOf(object(codedTwice))) },
  (value, path) => coded(withoutAlso(value), path),
);
const geneFunction = object({ gene: must(text), lookup: must(text) });
const statement = object({ system: may(text), code: may(text), text: must(text) });
const copies: Check = (value, path) =>
  SITE_COPIES.some((one) => one === value) ? undefined : `${path} must be ${SITE_COPIES.join(', ')}`;
function isExchange(variant: string): boolean {
  const { deleted = '', inserted } = parseSpdi(variant);
  return deleted.length === 1 && inserted.length === 1;
}
const site = object({ rsid: must(text), copies: must(copies) });
const identifiers = may(listOf(object({ system: must(text), value: must(text) })));

const DX: Check = object({
  variants: must(listOf(spdi, 1)),
  significance: must(statement),
  reviewStatus: may(text),
  evidence: may(statement),
  conditions: may(listOf(coded)),
  identifiers,
  variantIdentifiers: identifiers,
  source: must(text),
});

const TX: Check = object(
  {
    variants: may(listOf(spdi, 1)),
    site: may(site),
    genotypes: may(listOf(coded, 1)),
    functions: may(listOf(listOf(geneFunction, 1), 1)),
    treatments: must(listOf(treatment, 1)),
    conditions: may(listOf(coded)),
    implication: must(statement),
    recommendation: may(text),
    evidence: may(statement),
    identifiers,
    source: must(text),
  },
  (value) => {
    const { site: asked, variants = [] } = value as Partial<TxRow>;
    if (asked !== undefined && variants.length === 0) return 'site needs variants';
    if (asked !== undefined && !variants.every(isExchange)) return 'variants of a site must exchange one base each';
    if (asked?.copies === 'compound' && variants.length % 2 === 1) return 'a compound site has two variants';
    return value['variants'] === undefined && value['genotypes'] === undefined && value['functions'] === undefined
      ? 'variants, genotypes or functions must be there'
      : undefined;
  },
);

const MC: Check = object(
  {
    variant: must(spdi),
    transcript: may(text),
    cHgvs: may(text),
    pHgvs: may(text),
    proteinRefSeq: may(text),
    consequences: must(listOf(consequence)),
    functionalEffects: may(listOf(functionalEffect)),
    impact: may(impact),
    identifiers,
    source: must(text),
  },
  ({ consequences = [], functionalEffects = [] }) =>
    [consequences, functionalEffects].flat().length === 0
      ? 'consequences and functionalEffects must not both be empty'
      : undefined,
);

function withoutAlso({ also: _, ...rest }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return rest;
}

const CHECKS = { dx: DX, tx: TX, mc: MC } as const;

/**
 * Reads a lab's own knowledge: one JSON object a line. Every line must be sound: a file with one bad line is refused.
 *
 * @throws InvalidInputError naming file, line and what is wrong there; NotFoundError.
 */
export async function* readNeutral(
  path: string,
  kind: KnowledgeRow['kind'],
  report: ImportReport,
): AsyncGenerator<readonly KnowledgeRow[]> {
  const file = basename(path);
  for await (const { lines, firstLine } of lineBlocks(path)) {
    const rows: KnowledgeRow[] = [];
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '') continue;
      report.row();
      rows.push(neutralRow({ file, line: firstLine + i }, line, kind));
    }
    if (rows.length > 0) yield rows;
  }
}

function neutralRow(place: Place, line: string, kind: KnowledgeRow['kind']): KnowledgeRow {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw fault(place, `not JSON: ${(error as Error).message}`);
  }
  const wrong = CHECKS[kind](value, '');
  if (wrong !== undefined) throw fault(place, wrong.startsWith(' must') ? `a line${wrong}` : wrong);
  // The check above has shown the shape; lists that may be absent are empty then.
  const identifiers: McRow['identifiers'] = [];
  const lists = { conditions: [], identifiers };
  if (kind === 'dx') return { ...lists, ...(value as Partial<DxRow>), kind } as DxRow;
  if (kind === 'tx') return { ...lists, ...(value as Partial<TxRow>), kind } as TxRow;
  return { functionalEffects: [], identifiers, ...(value as Partial<McRow>), kind } as McRow;
}
