import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, INTEGER, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { SourceClass } from '../../genomics/allele.ts';
import type { Assembly, Chromosome } from '../../genomics/assembly.ts';
import type { StudyFile } from '../../genomics/study.ts';
import type { ObjectStore } from '../objects.ts';
import { JUSTIFIED_COLUMNS } from '../schema.ts';
import { literal } from '../write-parquet.ts';
import {
  COMPACTED_GENOTYPES,
  COMPACTED_KINDS,
  COMPACTED_REGIONS,
  COMPACTED_VARIANTS,
  type CompactedKind,
} from './schema.ts';

/** A file of a study that is compacted, and the numbers that its rows get. */
export interface RunSource {
  readonly file: StudyFile;
  readonly assembly: Assembly | undefined;
  /** Number of the version of the study. */
  readonly study: number;
  readonly sourceClass: SourceClass | undefined;
  /** What the file of variants says of their consequences. */
  readonly annotations?: StudyFile | undefined;
  /** Set where the file's studied and uncallable regions become the rows of a new panel. */
  readonly newPanel?: number | undefined;
}

/** A member that the rows of a study may name; those of erased subjects have none. */
export interface RunMember {
  readonly study: number;
  readonly subject: string;
  readonly member: number | undefined;
}

/**
 * Rows of many study files with their numbers, in local files of their own for each chromosome and bin. Those that only
 * differ in their member are one row with a list `members`: of a cohort that is a fraction of the rows.
 */
export interface Run {
  readonly kind: CompactedKind;
  readonly assembly: Assembly | undefined;
  readonly cells: readonly RunCell[];
  readonly rows: number;
}

/** Files that are opened at a time. */
const RUN_FILES = 4_000;

/** In place of a member that is erased: known, and left out. */
const ERASED_MEMBER = -1;

export interface RunCell {
  /** Absent for what has no place. */
  readonly chromosome?: Chromosome | undefined;
  /** 0 where a chromosome is not cut into bins. */
  readonly bin: number;
  readonly paths: readonly string[];
}

export interface RunOptions {
  readonly staging: string;
  /** Number of the first run, for the name of its folder in `staging`. */
  readonly firstRun: number;
  /** Rows of a run, unless one file has more. */
  readonly runRows: number;
}

/**
 * Writes the rows of study files into runs. Every row that passed its filters and whose subject is not erased is
 * in exactly one run.
 *
 * @throws Error when a row is lost or has no member: the files are then not what their study says
 */
export async function writeRuns(
  connection: DuckDBConnection,
  objects: ObjectStore,
  sources: readonly RunSource[],
  members: readonly RunMember[],
  { staging, firstRun, runRows }: RunOptions,
): Promise<Run[]> {
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE members AS SELECT unnest($study) AS study, unnest($subject) AS subject, unnest($member) AS member',
    {
      study: listValue(members.map(({ study }) => study)),
      subject: listValue(members.map(({ subject }) => subject)),
      member: listValue(members.map(({ member = ERASED_MEMBER }) => member)),
    },
    { study: LIST(INTEGER), subject: LIST(VARCHAR), member: LIST(INTEGER) },
  );
  const runs: Run[] = [];
  for (const kind of COMPACTED_KINDS) {
    const own = sources.filter(({ file }) => file.kind === kind.kind && file.rows > 0);
    for (const group of Map.groupBy(own, ({ assembly, file }) => `${assembly}/${file.chromosome}`).values()) {
      for (const slice of slices(group, runRows)) {
        const run = await writeRun(connection, objects, kind, slice, join(staging, `run-${firstRun + runs.length}`));
        runs.push(run);
      }
    }
  }
  return runs;
}

function slices(sources: readonly RunSource[], mostRows: number): RunSource[][] {
  const all: RunSource[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const source of sources) {
    const last = all.at(-1);
    if (last === undefined || rows + source.file.rows > mostRows || last.length === RUN_FILES) {
      all.push([source]);
      rows = source.file.rows;
    } else {
      last.push(source);
      rows += source.file.rows;
    }
  }
  return all;
}

async function writeRun(
  connection: DuckDBConnection,
  objects: ObjectStore,
  kind: CompactedKind,
  sources: readonly RunSource[],
  folder: string,
): Promise<Run> {
  // Files of before the justified intervals lack their columns.
  const sorted = [...sources].sort((a, b) => Number(isJustified(a)) - Number(isJustified(b)));
  const split = sorted.findIndex(isJustified);
  const older = kind === COMPACTED_VARIANTS ? (split < 0 ? sorted.length : split) : 0;
  const stated = [...new Set(sorted.flatMap(({ annotations }) => annotations ?? []))];
  const statedAt = new Map(stated.map((file, place) => [file, place]));
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE sources AS SELECT unnest($place) AS place, unnest($study) AS study,
      unnest($input)::SMALLINT AS "input", unnest($class) AS source_class, unnest($panel) AS panel,
      unnest($annotations) AS annotations`,
    {
      place: listValue(sorted.map((_, place) => place)),
      study: listValue(sorted.map(({ study }) => study)),
      input: listValue(sorted.map(({ file }) => file.input)),
      class: listValue(sorted.map(({ sourceClass }) => sourceClass ?? null)),
      panel: listValue(sorted.map(({ newPanel }) => newPanel ?? null)),
      annotations: listValue(sorted.map((source) => (source.annotations && statedAt.get(source.annotations)) ?? null)),
    },
    {
      place: LIST(INTEGER),
      study: LIST(INTEGER),
      input: LIST(INTEGER),
      class: LIST(VARCHAR),
      panel: LIST(INTEGER),
      annotations: LIST(INTEGER),
    },
  );
  if (kind === COMPACTED_VARIANTS) await readStated(connection, objects, stated);
  const copies = await objects.materialise(sorted.map(({ file }) => file));
  try {
    const branches = [
      { paths: copies.paths.slice(0, older), first: 0, justified: false },
      { paths: copies.paths.slice(older), first: older, justified: true },
    ].filter(({ paths }) => paths.length > 0);
    const select = kind === COMPACTED_REGIONS ? regionRows : carrierRows;
    const slice = branches.map((branch) => select(kind, branch)).join('\nUNION ALL\n');
    const expected = sorted.reduce((sum, { file }) => sum + file.rows, 0);
    const rows = await keptRows(connection, slice, expected);
    const [first] = sorted as [RunSource];
    const cells = rows === 0 ? [] : await writeRunCells(connection, kind, first.file.chromosome, slice, folder);
    await checkRows(connection, cells, rows);
    return { kind, assembly: first.assembly, cells, rows };
  } finally {
    copies.release();
  }
}

/** Rows of a slice that stay. @throws Error unless all rows are there and every one has its member */
async function keptRows(connection: DuckDBConnection, slice: string, expected: number): Promise<number> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::DOUBLE, (count(*) FILTER (kept))::DOUBLE, (count(*) FILTER (lost))::DOUBLE FROM (${slice})`,
  );
  const [rows, kept, lost] = (reader.getRows()[0] ?? [0, 0, 0]) as [number, number, number];
  if (rows === expected && lost === 0) return kept;
  throw new Error(`${expected} rows were to be compacted, ${rows} were read and ${lost} of them have no member`);
}

/** Writes the rows of a slice that stay, those of each chromosome and bin into files of their own. */
async function writeRunCells(
  connection: DuckDBConnection,
  kind: CompactedKind,
  ofFile: Chromosome | undefined,
  slice: string,
  folder: string,
): Promise<RunCell[]> {
  const chromosome = { file: literal(ofFile ?? ''), row: 'chromosome', none: "''" }[kind.chromosome];
  await connection.run(
    `COPY (SELECT * EXCLUDE (member), list(member) AS members FROM (
      SELECT ${names(kind)}, ${chromosome} AS of_chromosome, ${kind.bin ?? '0'} AS of_bin FROM (${slice}) WHERE kept
    ) GROUP BY ALL) TO ${literal(folder)}
    (FORMAT parquet, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false, PARTITION_BY (of_chromosome, of_bin))`,
  );
  const found: RunCell[] = [];
  for (const outer of await foldersOf(folder)) {
    for (const inner of await foldersOf(outer.path)) {
      const files = await readdir(inner.path);
      const place = kind.chromosome === 'none' ? undefined : (outer.value as Chromosome);
      found.push({ chromosome: place, bin: Number(inner.value), paths: files.map((name) => join(inner.path, name)) });
    }
  }
  return found;
}

/** Folders named `column=value`; none where nothing was written. */
async function foldersOf(parent: string): Promise<readonly { readonly path: string; readonly value: string }[]> {
  const entries = await readdir(parent, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ path: join(parent, name), value: name.slice(name.indexOf('=') + 1) }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

/** @throws Error unless the files of a run hold so many rows */
async function checkRows(connection: DuckDBConnection, cells: readonly RunCell[], rows: number): Promise<void> {
  const paths = cells.flatMap((cell) => cell.paths);
  const reader =
    paths.length === 0
      ? undefined
      : await connection.runAndReadAll(`SELECT sum(len(members))::DOUBLE FROM ${filesOf(paths)}`);
  const written = Number(reader?.getRows()[0]?.[0] ?? 0);
  if (written !== rows) throw new Error(`${rows} rows were to be set aside, ${written} were written`);
}

/** What files say of the consequences of each allele, all of it together. */
async function readStated(connection: DuckDBConnection, objects: ObjectStore, files: readonly StudyFile[]) {
  await connection.run(`CREATE OR REPLACE TEMP TABLE stated
    (annotations INTEGER, reported_start0 INTEGER, "ref" VARCHAR, alt VARCHAR, codes VARCHAR)`);
  if (files.length === 0) return;
  const copies = await objects.materialise(files);
  try {
    await connection.run(
      `INSERT INTO stated SELECT c.file_index::INTEGER, c.reported_start0, c."ref", c.alt,
        coalesce(string_agg(DISTINCT c.consequences, '&' ORDER BY c.consequences), '')
      FROM ${filesOf(copies.paths)} AS c GROUP BY ALL`,
    );
  } finally {
    copies.release();
  }
}

const isJustified = ({ file }: RunSource): boolean => file.maxSlide !== undefined;

interface Branch {
  readonly paths: readonly string[];
  /** Place of the first file in `sources`. */
  readonly first: number;
  readonly justified: boolean;
}

const JUSTIFIED = new Set(JUSTIFIED_COLUMNS.map(({ name }) => name));
/** Columns whose value does not come from the row itself. */
const NUMBERED: Readonly<Record<string, string>> = {
  member: 'm.member',
  input: 's."input"',
  source_class: 's.source_class',
  stated: 'c.codes',
};

export function names({ columns }: CompactedKind): string {
  return columns.map(({ name }) => `"${name}"`).join(', ');
}

export const filesOf = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`;

const from = ({ paths, first }: Branch): string =>
  `FROM ${filesOf(paths)} AS v
  JOIN sources AS s ON v.file_index::INTEGER + ${first} = s.place
  LEFT JOIN members AS m ON m.study = s.study AND m.subject = v.subject`;

/** Rows of an annotated file have what it says of their allele. */
const STATED = `LEFT JOIN stated AS c ON c.annotations = s.annotations AND c.reported_start0 = v.reported_start0
  AND c."ref" = v."ref" AND c.alt = v.alt`;

function carrierRows(kind: CompactedKind, branch: Branch): string {
  const { columns } = kind;
  const list = columns.map(({ name }) => {
    if (!branch.justified && JUSTIFIED.has(name)) return `CAST(NULL AS INTEGER) AS ${name}`;
    return `${NUMBERED[name] ?? `v."${name}"`} AS "${name}"`;
  });
  return `SELECT ${list.join(', ')}, m.member IS NULL AS lost,
  coalesce(${kind === COMPACTED_GENOTYPES ? 'true' : PASSED} AND m.member <> ${ERASED_MEMBER}, false) AS kept
  ${from(branch)} ${kind === COMPACTED_VARIANTS ? STATED : ''}`;
}

const PASSED = `v.filters IN ('PASS', '.')`;

/** SQL of what makes a panel: the regions of a BED, which hold for all subjects of an input. */
const OF_PANEL = `v.subject IS NULL AND v.kind IN ('studied', 'uncallable')`;

function regionRows(_kind: CompactedKind, branch: Branch): string {
  return `SELECT CASE WHEN ${OF_PANEL} THEN s.panel END AS panel,
  CASE WHEN NOT (${OF_PANEL}) THEN s.study END AS study, m.member,
  CASE WHEN NOT (${OF_PANEL}) THEN s."input" END AS "input", v.kind, v.start0, v.end0,
  v.subject IS NOT NULL AND m.member IS NULL AS lost,
  CASE WHEN ${OF_PANEL} THEN s.panel IS NOT NULL ELSE m.member IS DISTINCT FROM ${ERASED_MEMBER} END AS kept ${from(branch)}`;
}

/** Panels of the inputs of some studies. */
export interface Panels {
  /** By `study/input`: equal exactly when all studied and uncallable regions are; inputs without such are left out. */
  readonly digests: ReadonlyMap<string, string>;
  /** SHA-256 of the files that hold nothing else: what is known of one holds for all. */
  readonly alone: ReadonlySet<string>;
}

/** Reads the panels of inputs, of files with equal bytes only one. */
export async function readPanels(
  connection: DuckDBConnection,
  objects: ObjectStore,
  sources: readonly RunSource[],
): Promise<Panels> {
  const own = sources.filter(({ file }) => file.kind === 'regions' && file.rows > 0);
  const distinct = [...new Map(own.map(({ file }) => [file.sha256, file])).values()];
  const known = new Map<string, string>();
  const alone = new Set<string>();
  for (let at = 0; at < distinct.length; at += RUN_FILES) {
    const some = distinct.slice(at, at + RUN_FILES);
    const copies = await objects.materialise(some);
    try {
      const reader = await connection.runAndReadAll(
        `SELECT v.file_index::INTEGER, count(*)::INTEGER,
          md5(string_agg(v.kind || ' ' || v.start0 || ' ' || v.end0, ',' ORDER BY v.kind, v.start0, v.end0))
        FROM ${filesOf(copies.paths)} AS v WHERE ${OF_PANEL} GROUP BY ALL`,
      );
      for (const [place, rows, digest] of reader.getRows()) {
        const file = some[Number(place)] as StudyFile;
        known.set(file.sha256, String(digest));
        if (rows === file.rows) alone.add(file.sha256);
      }
    } finally {
      copies.release();
    }
  }
  const parts = new Map<string, string[]>();
  for (const { study, file } of own) {
    const digest = known.get(file.sha256);
    if (digest === undefined) continue;
    const name = `${study}/${file.input}`;
    parts.set(name, [...(parts.get(name) ?? []), `${file.chromosome} ${digest}`]);
  }
  const digests = [...parts].map(([name, list]): [string, string] => [
    name,
    createHash('sha256').update(list.sort().join('\n')).digest('base64url'),
  ]);
  return { digests: new Map(digests), alone };
}
