import { join } from 'node:path';
import type { Assembly } from '../../genomics/assembly.ts';
import { openTsv, type TsvWriter } from '../../ingest/tsv.ts';
import type { ImportReport } from '../report.ts';
import type { DxRow, KnowledgeRow, McRow, TxRow } from '../rows.ts';
import { numberLists, oneLine } from './number-lists.ts';
import type { PlacedVariants } from './place-alleles.ts';

/** Where a source puts what it reads. Rows come in batches and are not kept. */
export interface ReleaseSink {
  readonly report: ImportReport;
  rows(rows: readonly KnowledgeRow[]): Promise<void>;
  /** Variants that statements name by a number of their source, such as ClinVar's variation id. */
  variants(number: number, spdis: readonly string[]): Promise<void>;
  /** A statement about variants that were, or will be, given by their number. */
  numbered(number: number, row: Omit<DxRow, 'variants'>): void;
  /** A JSON document that is no row, found by its name. */
  payload(name: string, value: unknown): void;
}

/** Files of tab-separated rows that a release is built from, and what is known of them. */
export interface StagedRelease {
  readonly statements: Record<KnowledgeRow['kind'], number>;
  readonly uncarried: Partial<Record<Assembly, number>>;
  readonly payloads: Map<string, unknown>;
  /** Whether statements refer to variants by number. */
  readonly numbered: boolean;
  readonly placed: TsvWriter;
  readonly rows: TsvWriter;
  readonly lists: TsvWriter;
  readonly terms: TsvWriter;
  readonly links: TsvWriter;
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

/** @param place gives the alleles of a statement's variants in both assemblies */
export function stageRelease(
  folder: string,
  report: ImportReport,
  place: (spdis: readonly string[]) => Promise<PlacedVariants>,
): { readonly sink: ReleaseSink; readonly staged: StagedRelease; finish(): void } {
  const open = (name: keyof typeof STAGED_FIELDS): TsvWriter => openTsv(join(folder, `${name}.tsv`));
  const [placed, rows, lists, terms, links] = [
    open('placed'),
    open('rows'),
    open('lists'),
    open('terms'),
    open('links'),
  ];
  const statements = { dx: 0, tx: 0, mc: 0 };
  const uncarried: Partial<Record<Assembly, number>> = {};
  const payloads = new Map<string, unknown>();
  const numbers = numberLists(lists, terms);
  let row = 0;
  let numbered = false;
  // Statements about the same variants mostly follow each other.
  let last = { spdis: [] as readonly string[], key: 0, usable: false };

  const placeAt = async (key: number, spdis: readonly string[], statementsOf: number): Promise<boolean> => {
    const { alleles, refused, uncarried: missing } = await place(spdis);
    for (const { reason, item } of refused) report.refuse(NOWHERE, reason, item);
    for (const assembly of missing) uncarried[assembly] = (uncarried[assembly] ?? 0) + statementsOf;
    for (const { assembly, chromosome, start0, end0, deleted, inserted, context } of alleles) {
      placed.integer(key);
      placed.text(assembly);
      placed.text(chromosome);
      placed.integer(start0);
      placed.integer(end0);
      placed.text(deleted);
      placed.text(inserted);
      placed.number(context?.start0);
      placed.number(context?.end0);
      placed.endRow();
    }
    return alleles.length > 0;
  };

  const write = (key: number, kind: KnowledgeRow['kind'], body: object, conditions?: number, treatments?: number) => {
    rows.integer(row);
    rows.integer(key);
    rows.text(kind);
    rows.number(conditions);
    rows.number(treatments);
    rows.text(JSON.stringify(body));
    rows.endRow();
    statements[kind]++;
    row++;
  };

  const link = (
    kind: 'genotype' | 'function',
    scope: string | undefined,
    code: string | undefined,
    display?: string,
  ) => {
    links.integer(row);
    links.text(kind);
    links.text(scope === undefined ? undefined : oneLine(scope));
    links.text(code === undefined ? undefined : oneLine(code));
    links.text(display === undefined ? undefined : oneLine(display));
    links.endRow();
  };

  const writeDx = (key: number, { kind, conditions, ...body }: Omit<DxRow, 'variants'>): void =>
    write(key, kind, body, numbers.numberOf('condition', conditions));

  const writeTx = (key: number, { kind, variants: _, conditions, treatments, ...body }: TxRow): void => {
    for (const { system, code, display } of body.genotypes ?? []) link('genotype', system, code, display);
    const functions = new Map((body.functions ?? []).flat().map((one) => [`${one.gene}\t${one.lookup}`, one]));
    for (const { gene, lookup } of functions.values()) link('function', gene, lookup);
    write(key, kind, body, numbers.numberOf('condition', conditions), numbers.numberOf('treatment', treatments));
  };

  const writeMc = (key: number, { kind, variant: _, ...body }: McRow): void => write(key, kind, body);

  /** The key of a statement's variants; undefined when none of them has a place. */
  const keyOf = async (spdis: readonly string[]): Promise<number | undefined> => {
    if (spdis.length !== last.spdis.length || spdis.some((one, i) => one !== last.spdis[i])) {
      const key = row;
      last = { spdis, key, usable: await placeAt(key, spdis, 1) };
    }
    return last.usable ? last.key : undefined;
  };

  return {
    staged: {
      statements,
      uncarried,
      payloads,
      get numbered() {
        return numbered;
      },
      placed,
      rows,
      lists,
      terms,
      links,
    },
    sink: {
      report,
      async rows(batch) {
        for (const one of batch) {
          const variants = one.kind === 'mc' ? [one.variant] : (one.variants ?? []);
          const about = one.kind === 'tx' && (one.genotypes !== undefined || one.functions !== undefined);
          const key = variants.length === 0 ? row : await keyOf(variants);
          // A statement that has lost its variants, and is about nothing else, can never be found.
          if (key === undefined && !about) continue;
          if (one.kind === 'dx') writeDx(key ?? row, withoutVariants(one));
          else if (one.kind === 'tx') writeTx(key ?? row, one);
          else writeMc(key ?? row, one);
        }
      },
      async variants(number, spdis) {
        numbered = true;
        await placeAt(namedKey(number), spdis, 1);
      },
      numbered(number, one) {
        numbered = true;
        writeDx(namedKey(number), one);
      },
      payload(name, value) {
        payloads.set(name, value);
      },
    },
    finish() {
      for (const writer of [placed, rows, lists, terms, links]) writer.close();
    },
  };
}

/** A variant's own trouble has no line by itself: the item names it. */
const NOWHERE = { file: '', line: 0 };

/** Keys of numbered variants are negative, those of rows are not. */
const namedKey = (number: number): number => -number - 1;

function withoutVariants({ variants: _, ...row }: DxRow): Omit<DxRow, 'variants'> {
  return row;
}
