import { join } from 'node:path';
import { ASSEMBLIES, type Assembly } from '../../genomics/assembly.ts';
import { openTsv, type TsvWriter } from '../../ingest/tsv.ts';
import type { ImportReport } from '../report.ts';
import type { DxRow, KnowledgeRow, McRow, TxRow } from '../rows.ts';
import { bodyOf, type DxStatement, numberForms } from '../statement-form.ts';
import { numberLists, oneLine } from './number-lists.ts';
import type { AllelePlacer, PlacedVariants } from './place-alleles.ts';

/** Where a source puts what it reads. Rows come in batches and are not kept. */
export interface ReleaseSink {
  readonly report: ImportReport;
  rows(rows: readonly KnowledgeRow[]): Promise<void>;
  /** Variants that statements name by a number of their source, such as ClinVar's variation id. */
  variants(number: number, spdis: readonly string[]): Promise<void>;
  /** A statement about variants that were, or will be, given by their number. */
  numbered(number: number, row: Omit<DxRow, 'variants'>): Promise<void>;
  /** A JSON document that is no row, found by its name. */
  payload(name: string, value: unknown): void;
}

/** What is known of the rows that a release is built from. */
export interface StagedRelease {
  readonly statements: Record<KnowledgeRow['kind'], number>;
  readonly uncarried: Partial<Record<Assembly, number>>;
  /** Sources' items with a statement about the genotype of a dbSNP variant that has no place in any assembly. */
  readonly unjoined: ReadonlySet<string>;
  readonly payloads: Map<string, unknown>;
  /** Whether statements refer to variants by number. */
  readonly numbered: boolean;
}

/** A file of tab-separated rows. */
export interface StagedPart {
  readonly name: keyof typeof STAGED_FIELDS;
  readonly path: string;
  readonly longestLine: number;
}

/** Fields of the staged files, as DuckDB reads them. An empty field is NULL. */
export const STAGED_FIELDS = {
  placed:
    'key INTEGER, assembly VARCHAR, chromosome VARCHAR, start0 INTEGER, end0 INTEGER, deleted VARCHAR, inserted VARCHAR, context_start0 INTEGER, context_end0 INTEGER',
  rows: 'row INTEGER, key INTEGER, kind VARCHAR, conditions INTEGER, treatments INTEGER, json VARCHAR',
  lists: 'list INTEGER, json VARCHAR',
  terms: 'kind VARCHAR, system VARCHAR, code VARCHAR, display VARCHAR, list INTEGER, item INTEGER',
  links: 'row INTEGER, kind VARCHAR, scope VARCHAR, code VARCHAR, display VARCHAR',
} as const;

/** Rows of a part: some megabytes, so that loading one takes long enough to be worth it and no more room than that. */
const PART_ROWS = 50_000;

/**
 * @param load takes a part that is complete; the next ones are written meanwhile, and no second one is given
 */
export function stageRelease(
  folder: string,
  report: ImportReport,
  place: AllelePlacer,
  load: (part: StagedPart) => Promise<void>,
): { readonly sink: ReleaseSink; readonly staged: StagedRelease; finish(): Promise<void>; abandon(): Promise<void> } {
  const open = (name: StagedPart['name'], part = 0): StagedTable => {
    const path = join(folder, `${name}-${part}.tsv`);
    return { name, part, path, to: openTsv(path) };
  };
  let [placed, rows] = [open('placed'), open('rows')];
  const [lists, terms, links] = [open('lists'), open('terms'), open('links')];
  let loading: Promise<void> = Promise.resolve();
  const hand = async (...tables: readonly StagedTable[]): Promise<void> => {
    for (const { to } of tables) to.close();
    await loading;
    loading = loadAll(tables, load);
    // Whoever comes next waits for it; until then a failure must not end the process.
    loading.catch(() => undefined);
  };
  const handFull = async (): Promise<void> => {
    if (rows.to.rows < PART_ROWS && placed.to.rows < PART_ROWS * 2) return;
    const full = [placed, rows];
    placed = open('placed', placed.part + 1);
    rows = open('rows', rows.part + 1);
    await hand(...full);
  };
  const statements = { dx: 0, tx: 0, mc: 0 };
  const uncarried: Partial<Record<Assembly, number>> = {};
  const unjoined = new Set<string>();
  const payloads = new Map<string, unknown>();
  const numbers = numberLists(lists.to, terms.to);
  const formNumber = numberForms(numbers.addForm);
  let row = 0;
  let numbered = false;
  // Statements about the same variants mostly follow each other.
  let last = { spdis: [] as readonly string[], key: 0, places: NO_PLACES };

  /** How many of the variants have a place in each assembly. */
  const writePlaced = (key: number, { alleles, refused, uncarried: missing }: PlacedVariants): Places => {
    for (const { reason, item } of refused) report.refuse(NOWHERE, reason, item);
    for (const assembly of missing) uncarried[assembly] = (uncarried[assembly] ?? 0) + 1;
    const { to } = placed;
    for (const { assembly, chromosome, start0, end0, deleted, inserted, context } of alleles) {
      to.integer(key);
      to.text(assembly);
      to.text(chromosome);
      to.integer(start0);
      to.integer(end0);
      to.text(deleted);
      to.text(inserted);
      to.number(context?.start0);
      to.number(context?.end0);
      to.endRow();
    }
    const places = new Map<Assembly, number>();
    for (const { assembly } of alleles) places.set(assembly, (places.get(assembly) ?? 0) + 1);
    return places;
  };

  const write = (key: number, kind: KnowledgeRow['kind'], json: string, conditions?: number, treatments?: number) => {
    const { to } = rows;
    to.integer(row);
    to.integer(key);
    to.text(kind);
    to.number(conditions);
    to.number(treatments);
    to.text(json);
    to.endRow();
    statements[kind]++;
    row++;
  };

  const link = (
    kind: 'genotype' | 'function' | 'unjoined',
    scope: string | undefined,
    code: string | undefined,
    display?: string,
  ) => {
    const { to } = links;
    to.integer(row);
    to.text(kind);
    to.text(scope === undefined ? undefined : oneLine(scope));
    to.text(code === undefined ? undefined : oneLine(code));
    to.text(display === undefined ? undefined : oneLine(display));
    to.endRow();
  };

  const writeDx = (key: number, one: DxStatement): void => {
    const form = formNumber(one);
    const json = form === undefined ? JSON.stringify(bodyOf(one)) : inForm(form, one);
    write(key, 'dx', json, numbers.numberOf('condition', one.conditions));
  };

  /** Names a statement about the genotype of a dbSNP variant where it has no place: answers count what they lack. */
  const writeUnjoined = ({ site, identifiers, evidence }: TxRow, places: Places): void => {
    if (site === undefined) return;
    const item = identifiers[0]?.value ?? site.rsid;
    const needed = site.copies === 'compound' ? 2 : 1;
    const lacking = ASSEMBLIES.filter((one) => one === (site.only ?? one) && (places.get(one) ?? 0) < needed);
    for (const assembly of lacking) link('unjoined', assembly, item, evidence?.code ?? evidence?.text);
    if (lacking.length === (site.only === undefined ? ASSEMBLIES.length : 1)) unjoined.add(item);
  };

  const writeTx = (key: number, one: TxRow, places: Places): void => {
    const { kind, variants: _, conditions, treatments, ...body } = one;
    writeUnjoined(one, places);
    for (const { system, code, display } of body.genotypes ?? []) link('genotype', system, code, display);
    const functions = new Map((body.functions ?? []).flat().map((one) => [`${one.gene}\t${one.lookup}`, one]));
    for (const { gene, lookup } of functions.values()) link('function', gene, lookup);
    const [about, treated] = [numbers.numberOf('condition', conditions), numbers.numberOf('treatment', treatments)];
    write(key, kind, JSON.stringify(body), about, treated);
  };

  const writeMc = (key: number, { kind, variant: _, ...body }: McRow): void => write(key, kind, JSON.stringify(body));

  const isSame = (spdis: readonly string[]): boolean =>
    spdis.length === last.spdis.length && spdis.every((one, i) => one === last.spdis[i]);

  /** @param places of its variants */
  const stage = (one: KnowledgeRow, key: number, places: Places): void => {
    const about =
      one.kind === 'tx' && (one.genotypes !== undefined || one.functions !== undefined || one.site !== undefined);
    // A statement that has lost its variants, and is about nothing else, can never be found.
    if (places.size === 0 && !about) return;
    if (one.kind === 'dx') writeDx(key, one);
    else if (one.kind === 'tx') writeTx(key, one, places);
    else writeMc(key, one);
  };

  return {
    staged: {
      statements,
      uncarried,
      unjoined,
      payloads,
      get numbered() {
        return numbered;
      },
    },
    sink: {
      report,
      async rows(batch) {
        for (const one of batch) {
          const variants = one.kind === 'mc' ? [one.variant] : (one.variants ?? []);
          if (variants.length === 0) {
            stage(one, row, NO_PLACES);
            continue;
          }
          if (!isSame(variants)) {
            const places = place(variants);
            const found = places instanceof Promise ? await places : places;
            last = { spdis: variants, key: row, places: writePlaced(row, found) };
          }
          stage(one, last.places.size > 0 ? last.key : row, last.places);
        }
        await handFull();
      },
      async variants(number, spdis) {
        numbered = true;
        writePlaced(namedKey(number), await place(spdis));
        await handFull();
      },
      async numbered(number, one) {
        numbered = true;
        writeDx(namedKey(number), one);
        await handFull();
      },
      payload(name, value) {
        payloads.set(name, value);
      },
    },
    async finish() {
      await hand(placed, rows, lists, terms, links);
      await loading;
    },
    /** Instead of finishing, when rows can't be read. */
    async abandon() {
      for (const { to } of [placed, rows, lists, terms, links]) to.close();
      await loading.catch(() => undefined);
    },
  };
}

interface StagedTable {
  readonly name: StagedPart['name'];
  readonly part: number;
  readonly path: string;
  readonly to: TsvWriter;
}

async function loadAll(tables: readonly StagedTable[], load: (part: StagedPart) => Promise<void>): Promise<void> {
  for (const { name, path, to } of tables) await load({ name, path, longestLine: to.longestLine });
}

/** JSON of a form's number and what fills it. */
function inForm(form: number, { identifiers, variantIdentifiers = [] }: DxStatement): string {
  let json = `[${form}`;
  for (const { value } of identifiers) json += jsonItem(value);
  for (const { value } of variantIdentifiers) json += jsonItem(value);
  return `${json}]`;
}

const jsonItem = (value: string): string => (/^[\w:.]*$/.test(value) ? `,"${value}"` : `,${JSON.stringify(value)}`);

/** Variants of a statement that have a place, by assembly. */
type Places = ReadonlyMap<Assembly, number>;
const NO_PLACES: Places = new Map();

/** A variant's own trouble has no line by itself: the item names it. */
const NOWHERE = { file: '', line: 0 };

/** Keys of numbered variants are negative, those of rows are not. */
const namedKey = (number: number): number => -number - 1;
