import type { Assembly, Chromosome } from '../genomics/assembly.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { interbase } from '../genomics/coordinates.ts';
import type { KnowledgeRow } from '../knowledge/rows.ts';
import { type AllelePlace, type KnowledgeAllele, type RangeQuestion, UNSETTLED_REACH } from '../operations/ports.ts';
import { integer } from './dialect.ts';
import { type Bindings, type Bound, manyIntegers } from './duckdb.ts';
import type { KnowledgeFile } from './knowledge-catalogue.ts';
import { filesOfKind, type KnowledgeReader, knowledgeChunks, type LoadedRelease } from './knowledge-files.ts';
import { type FilteredLists, passing } from './knowledge-terms.ts';
import { type Window, windowsOf } from './window.ts';

const COLUMNS = `k.chromosome, k.start0, k.end0, k.deleted, k.inserted, k.context_start0, k.context_end0, k.number`;
const SLIDES = `(k.deleted = '') <> (k.inserted = '')`;

/** Alleles of a release that may be the same change as one of the places. */
export async function allelesAt(
  reader: KnowledgeReader,
  release: LoadedRelease,
  kind: KnowledgeRow['kind'],
  assembly: Assembly,
  places: readonly AllelePlace[],
  lists: FilteredLists,
): Promise<readonly KnowledgeAllele[]> {
  const filter = passing('k', lists);
  const files: Record<string, readonly KnowledgeFile[]> = {};
  const bindings: Record<string, Bound> = {};
  const branches = windowsOf(places.map((place, index) => ({ index, ...reachOf(place) }))).flatMap((window, number) => {
    const touched = filesIn(release, assembly, window.chromosome);
    if (touched.length === 0) return [];
    files[`files${number}`] = touched;
    const from = `read_parquet($files${number}) AS k WHERE k.assembly = '${assembly}'
      AND k.chromosome = '${window.chromosome}' AND k.kind = '${kind}'${filter.sql}`;
    return branchesOf(number, window, places, touched, from, bindings);
  });
  if (branches.length === 0) return [];
  return read(reader, release, files, branches.join('\nUNION\n'), { ...bindings, ...filter.bindings });
}

/** Alleles of a release that a row in one of the stretches may state. */
export async function allelesWithin(
  reader: KnowledgeReader,
  release: LoadedRelease,
  kind: KnowledgeRow['kind'],
  assembly: Assembly,
  stretches: readonly RangeQuestion[],
  lists: FilteredLists,
): Promise<readonly KnowledgeAllele[]> {
  const filter = passing('k', lists);
  const files: Record<string, readonly KnowledgeFile[]> = {};
  const branches = windowsOf(stretches).flatMap(({ chromosome, lo, hi }, number) => {
    const touched = filesIn(release, assembly, chromosome);
    if (touched.length === 0) return [];
    files[`files${number}`] = touched;
    return [
      `SELECT ${COLUMNS} FROM read_parquet($files${number}) AS k WHERE k.assembly = '${assembly}'
        AND k.chromosome = '${chromosome}' AND k.kind = '${kind}' AND k.at0 <= ${integer(hi + UNSETTLED_REACH)}
        AND greatest(k.end0, coalesce(k.context_end0, k.end0)) >= ${integer(lo - UNSETTLED_REACH)}${filter.sql}`,
    ];
  });
  if (branches.length === 0) return [];
  return read(reader, release, files, branches.join('\nUNION ALL\n'), filter.bindings);
}

/** All alleles of a release in an assembly whose lists pass. */
export async function allelesEverywhere(
  reader: KnowledgeReader,
  release: LoadedRelease,
  kind: KnowledgeRow['kind'],
  assembly: Assembly,
  lists: FilteredLists,
): Promise<readonly KnowledgeAllele[]> {
  const filter = passing('k', lists);
  const sql = `SELECT ${COLUMNS} FROM read_parquet($files) AS k
    WHERE k.assembly = '${assembly}' AND k.kind = '${kind}'${filter.sql}`;
  return read(reader, release, { files: filesIn(release, assembly) }, sql, filter.bindings);
}

function filesIn(release: LoadedRelease, assembly: Assembly, chromosome?: Chromosome): readonly KnowledgeFile[] {
  return filesOfKind(release, 'alleles').filter(
    (file) =>
      (file.assembly ?? assembly) === assembly &&
      (chromosome === undefined || (file.chromosome ?? chromosome) === chromosome),
  );
}

/** What is asked of one place: an equal start finds equal changes, unless an interval is not known on one side. */
interface Probe {
  readonly at0: number;
  readonly lo: number;
  readonly hi: number;
  /** Whether it is a pure insertion or deletion whose justified interval is not known. */
  readonly unsettled: boolean;
}

function probeOf({ start0, end0, context, slides }: AllelePlace): Probe {
  if (context !== undefined) return { at0: context.start0, lo: context.start0, hi: context.end0, unsettled: false };
  const reach = slides ? UNSETTLED_REACH : 0;
  return { at0: start0, lo: Math.max(0, start0 - reach), hi: end0 + reach, unsettled: slides };
}

function reachOf(place: AllelePlace): AllelePlace {
  const { lo, hi } = probeOf(place);
  return { ...place, start0: interbase(lo), end0: interbase(hi) };
}

function branchesOf(
  number: number,
  window: Window,
  places: readonly AllelePlace[],
  files: readonly KnowledgeFile[],
  from: string,
  bindings: Record<string, Bound>,
): readonly string[] {
  const probes = window.spans.map(({ index }) => probeOf(places[index] as AllelePlace));
  const starts = [...new Set(probes.map(({ at0 }) => at0))];
  bindings[`at${number}`] = { many: starts };
  const [least, greatest] = extent(starts);
  const branches = [
    `SELECT ${COLUMNS} FROM ${from} AND k.at0 BETWEEN ${integer(least)} AND ${integer(greatest)} AND k.at0 IN (SELECT unnest(${manyIntegers(`at${number}`)}))`,
  ];
  // A stored interval that is not known may lie anywhere in a sliding place; a place's that is not known, in any stored one.
  const known = probes.filter(({ unsettled, lo, hi }) => !unsettled && hi > lo);
  if (files.some(({ unsettled = 0 }) => unsettled > 0))
    branches.push(...overlap('s', known, 'AND k.context_start0 IS NULL'));
  branches.push(
    ...overlap(
      'u',
      probes.filter(({ unsettled }) => unsettled),
      '',
    ),
  );
  return branches;

  function overlap(name: string, wide: readonly Probe[], condition: string): readonly string[] {
    if (wide.length === 0) return [];
    bindings[`${name}lo${number}`] = { many: wide.map(({ lo }) => lo) };
    bindings[`${name}hi${number}`] = { many: wide.map(({ hi }) => hi) };
    const [first] = extent(wide.map(({ lo }) => lo));
    const [, last] = extent(wide.map(({ hi }) => hi));
    return [
      `SELECT ${COLUMNS} FROM (SELECT k.* FROM ${from} AND k.at0 <= ${integer(last)}
        AND greatest(k.end0, coalesce(k.context_end0, k.end0)) >= ${integer(first)} AND ${SLIDES} ${condition}) AS k
      JOIN (SELECT unnest(${manyIntegers(`${name}lo${number}`)}) AS lo, unnest(${manyIntegers(`${name}hi${number}`)}) AS hi) AS p
        ON k.at0 <= p.hi AND coalesce(k.context_end0, k.end0) >= p.lo`,
    ];
  }
}

function extent(values: readonly number[]): readonly [least: number, greatest: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}

async function read(
  reader: KnowledgeReader,
  release: LoadedRelease,
  files: Readonly<Record<string, readonly KnowledgeFile[]>>,
  sql: string,
  bindings: Bindings,
): Promise<readonly KnowledgeAllele[]> {
  const found: KnowledgeAllele[] = [];
  for await (const chunk of knowledgeChunks(reader, files, sql, bindings)) {
    const columns = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnValues(i));
    for (let row = 0; row < chunk.rowCount; row++) {
      const [chromosome, start0, end0, deleted, inserted, contextStart0, contextEnd0, number] = columns.map(
        (column) => column[row],
      );
      found.push({
        chromosome: chromosome as Chromosome,
        start0: start0 as Interbase,
        end0: end0 as Interbase,
        deleted: deleted as string,
        inserted: inserted as string,
        slides: (deleted === '') !== (inserted === ''),
        ...(contextStart0 === null
          ? {}
          : { context: { start0: contextStart0 as Interbase, end0: contextEnd0 as Interbase } }),
        statement: `${release.token}#${number}`,
      });
    }
  }
  return found;
}
