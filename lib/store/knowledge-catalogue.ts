import { createHash } from 'node:crypto';
import type { Assembly, Chromosome } from '../genomics/assembly.ts';
import { ConflictError, InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import type { KnowledgeRow } from '../knowledge/rows.ts';
import { cut } from './layout.ts';
import type { ObjectReference } from './objects.ts';
import type { Item, Key, Table } from './table.ts';

/**
 * What an object of a release holds (knowledge-schema.ts has the columns). `alleles`: where statements apply. `rows`: the
 * statements. `lists`: their lists of conditions and treatments. `terms`: the codes and words of these lists. `links`:
 * genotypes and functions of genes that statements are about. `payload`: JSON of no row form, found by its name.
 */
export type KnowledgeFileKind = 'alleles' | 'rows' | 'lists' | 'terms' | 'links' | 'payload';

/** One immutable object of a release. */
export interface KnowledgeFile extends ObjectReference {
  readonly kind: KnowledgeFileKind;
  readonly rows: number;
  /** Of `alleles` that are kept by chromosome; a small release has all of them in one file. */
  readonly assembly?: Assembly;
  readonly chromosome?: Chromosome;
  /** Of `alleles`: insertions and deletions whose justified interval is not known, as no reference was loaded. */
  readonly unsettled?: number;
  /** Of `rows`: least and greatest number. */
  readonly first?: number;
  readonly last?: number;
  /** Of a `payload`. */
  readonly name?: string;
}

/** One release of one source. Releases of a source lie side by side, and one of them answers. */
export interface KnowledgeRelease {
  /** `clinvar`, `civic`, `cpic`, `pharmgkb`, `pharmcat`, or what a lab calls its own table. */
  readonly source: string;
  readonly release: string;
  /** Drawn per import; names the items that list its files. */
  readonly token: string;
  /** Number of those items. */
  readonly chunks: number;
  /** SHA-256 of what was imported, and of how. */
  readonly checksum: string;
  /** Release of the reference data that its alleles were placed with. */
  readonly reference: string;
  /** ISO instant. */
  readonly added: string;
  readonly active: boolean;
  /** Serves only while its source has no other active release: what the demo brings along. */
  readonly fallback?: true;
  /** File names, for people. */
  readonly inputs: readonly string[];
  /** Statements by kind. */
  readonly statements: Readonly<Record<KnowledgeRow['kind'], number>>;
  /** Statements without a place in an assembly because no chains lead there: questions there can't be answered. */
  readonly uncarried: Readonly<Partial<Record<Assembly, number>>>;
  /** Items of the source with statements about genotypes of dbSNP variants that can't be joined with variants. */
  readonly unjoined?: number;
  /** What could not be used, by reason. */
  readonly unusable: Readonly<Record<string, number>>;
}

const PARTITION = 'KNOWLEDGE';
const KEY: Key = { pk: PARTITION, sk: 'HEAD' };
/** DynamoDB refuses items above 400 KB. */
const GREATEST_ITEM = 380_000;
const ATTEMPTS = 8;

interface KnowledgeCatalogue {
  /** Number of the next write; 0 when nothing was ever loaded. */
  readonly version: number;
  readonly releases: readonly KnowledgeRelease[];
  /** Epoch milliseconds of the last write. */
  readonly written: number;
}

/** One strongly consistent read. @throws UnavailableError */
export async function readKnowledge(table: Table): Promise<KnowledgeCatalogue> {
  const item = await table.get(KEY);
  if (item === undefined) return { version: 0, releases: [], written: 0 };
  const { version, written, releases } = item;
  if (typeof version !== 'number' || typeof releases !== 'string') {
    throw new UnavailableError('the list of knowledge releases is damaged');
  }
  return { version, written: Number(written), releases: JSON.parse(releases) as readonly KnowledgeRelease[] };
}

/**
 * Changes the list by one conditional write, again from what is there now when somebody else was faster. The files of
 * a new release, and the items that list them, are stored before.
 *
 * @throws ConflictError when others keep being faster.
 */
export async function changeKnowledge(
  table: Table,
  change: (releases: readonly KnowledgeRelease[]) => readonly KnowledgeRelease[],
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { version, releases } = await readKnowledge(table);
    const text = JSON.stringify(change(releases));
    if (Buffer.byteLength(text) > GREATEST_ITEM) {
      throw new InvalidInputError("too many knowledge releases are kept; remove some with 'genomics knowledge delete'");
    }
    const item = { ...KEY, version: version + 1, written: Date.now(), releases: text };
    const won = await table.putIf(item, { version: version === 0 ? undefined : version });
    // A retried write may find that its first attempt had arrived after all.
    if (won || (await table.get(KEY))?.['releases'] === text) return;
  }
  throw new ConflictError('others are changing the knowledge; try again later');
}

const filesPrefix = (token: string): string => `FILES#${token}#`;
const filesKey = (token: string, part: number): Key => ({
  pk: PARTITION,
  sk: `${filesPrefix(token)}${String(part).padStart(5, '0')}`,
});

/** Writes the file list of a release that is not visible yet. @returns how many items it takes */
export async function writeKnowledgeFiles(
  table: Table,
  token: string,
  files: readonly KnowledgeFile[],
): Promise<number> {
  const written = Date.now();
  const parts = cut(files);
  await table.putAll(parts.map((body, part) => ({ ...filesKey(token, part), token, body, written })));
  return parts.length;
}

/** @throws UnavailableError when a part is missing: a shorter list would hide knowledge. */
export async function readKnowledgeFiles(
  table: Table,
  { token, chunks }: Pick<KnowledgeRelease, 'token' | 'chunks'>,
): Promise<readonly KnowledgeFile[]> {
  const items = await table.query(PARTITION, filesPrefix(token));
  if (items.length !== chunks) throw new UnavailableError('the archive is missing a part of a knowledge release');
  return items.flatMap((item) => JSON.parse(String(item['body'])) as KnowledgeFile[]);
}

/** The items that list the files of releases, whether these are still named or not. @throws UnavailableError */
export function knowledgeFileItems(table: Table): Promise<Item[]> {
  return table.query(PARTITION, 'FILES#');
}

/** The list with a new release in place of one of the same name; when active, the only such one of its source. */
export function withRelease(
  releases: readonly KnowledgeRelease[],
  added: KnowledgeRelease,
): readonly KnowledgeRelease[] {
  const others = releases.filter((one) => one.source !== added.source || one.release !== added.release);
  const all = [added, ...others];
  return added.active && !added.fallback ? withActive(all, added.source, added.release) : all;
}

/** The list with one release of a source active. A fallback stays what it is: it serves where no other does. */
export function withActive(
  releases: readonly KnowledgeRelease[],
  source: string,
  release: string,
): readonly KnowledgeRelease[] {
  const chosen = releases.find((one) => one.source === source && one.release === release);
  return releases.map((one) => {
    if (one.source !== source || (one.fallback && chosen?.fallback !== true)) return one;
    // Choosing the fallback switches every other release off.
    return { ...one, active: one === chosen };
  });
}

/** The releases that answer: of each source its active one, else its fallback; by source. */
export function serving(releases: readonly KnowledgeRelease[]): readonly KnowledgeRelease[] {
  const active = releases.filter((one) => one.active);
  return active
    .filter((one) => !one.fallback || !active.some((other) => other.source === one.source && !other.fallback))
    .toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

/** Changes whenever other knowledge serves; empty when none does. */
export function knowledgeVersion(releases: readonly KnowledgeRelease[]): string {
  if (releases.length === 0) return '';
  const hash = createHash('sha256');
  for (const { source, release, checksum, reference } of releases) {
    hash.update(JSON.stringify([source, release, checksum, reference]));
  }
  return hash.digest('hex').slice(0, 16);
}
