import type { RangeQuestion } from '../operations/ports.ts';
import { type Dialect, DUCKDB, integer, type OpenBindings } from './dialect.ts';
import type { Bindings } from './duckdb.ts';
import { type ReadFile, type SourceFile, touching } from './study-files.ts';
import { type Span, type Window, windowsOf } from './window.ts';

/** One window and the files to scan for it. */
export interface Scan<F extends ReadFile = SourceFile> extends Window {
  readonly sources: readonly F[];
  /** Whether the files have justified intervals. */
  readonly justified: boolean;
}

/** A query, the values bound to it, and the files it reads. */
export interface Query<F extends ReadFile = SourceFile> {
  readonly sql: string;
  readonly bindings: Bindings;
  /** Lists of files by the name they are bound to; `source` in an answer counts through all of them in order. */
  readonly files: ReadonlyMap<string, readonly F[]>;
}

/** What a scan selects beside `question` and `source`, and which rows. */
export interface Selection {
  /** SQL of the columns, of the rows `v`, for files with and without justified intervals. */
  readonly columns: (justified: boolean) => string;
  /** SQL condition of rows `v`, over the values that are bound. */
  readonly where: string;
  readonly distinct?: boolean;
}

/** Bins of all spans of one scan together; more would cost more to join than they save. */
const MOST_BINS = 40_000;
/**
 * Rows longer than this are compared with every span: a row's bin is that of its start, so that each span must ask for
 * the bins before it as far as a row may reach.
 */
const LONG_ROW = 65_536;

/**
 * First position of a row, and the one after its last, in SQL. An insertion is a point, matched by a range that has
 * the base after it; one that slides may be stated at every point of its justified interval, both ends included.
 */
const STATED = { start: 'v.start0', end: 'greatest(v.end0, v.start0 + 1)' };
const JUSTIFIED = {
  start: 'coalesce(v.norm_start0, v.start0)',
  end: '(coalesce(v.norm_end0, v.end0) + CASE WHEN v.end0 = v.start0 THEN 1 ELSE 0 END)',
};

/**
 * Rows of several scans whose half-open interval, as trimmed or as far as it slides, intersects a span; an empty
 * interval is an insertion point. The positions of a scan's window are written as constants, which lets DuckDB skip row groups: those before it by their
 * greatest end0 (even where one long row makes `maxReach` useless), those after it by their least start0. Both are asked for the trimmed
 * interval, with the distance that a justified one may reach beyond it added on either side.
 */
export function rangeQuery<F extends ReadFile>(
  scans: readonly Scan<F>[],
  bound: Bindings,
  selection: Selection,
  dialect: Dialect = DUCKDB,
): Query<F> {
  const bindings: OpenBindings = { ...bound };
  const files = new Map<string, readonly F[]>();
  const branches: string[] = [];
  let firstSource = 0;
  for (const [number, scan] of scans.entries()) {
    files.set(`files${number}`, scan.sources);
    branches.push(...branchesOf(number, scan, firstSource, selection, bindings, dialect));
    firstSource += scan.sources.length;
  }
  return { sql: branches.join('\nUNION ALL\n'), bindings, files };
}

/** The files to scan for questions: those that may hold a match, with and without justified intervals apart. */
export function scansOf<F extends ReadFile>(sources: readonly F[], questions: readonly RangeQuestion[]): Scan<F>[] {
  return windowsOf(questions)
    .flatMap((window): Scan<F>[] => {
      const touched = touching(sources, window.chromosome, window.lo, window.hi);
      return [true, false].map((justified) => ({
        ...window,
        justified,
        sources: touched.filter(({ file }) => (file.maxSlide !== undefined) === justified),
      }));
    })
    .filter((scan) => scan.sources.length > 0);
}

function branchesOf(
  number: number,
  scan: Scan<ReadFile>,
  firstSource: number,
  { columns, where, distinct = false }: Selection,
  bindings: OpenBindings,
  dialect: Dialect,
): string[] {
  const reach = Math.max(0, ...scan.sources.map(({ file }) => file.maxReach));
  const slide = Math.max(0, ...scan.sources.map(({ file }) => file.maxSlide ?? 0));
  const { start, end } = scan.justified ? JUSTIFIED : STATED;
  const rows = dialect.files(`files${number}`, scan.sources);
  const select = (question: string, join: string, longest: number, condition: string): string =>
    `SELECT ${distinct ? 'DISTINCT ' : ''}${question} AS question, ${dialect.source(firstSource)} AS source, ${columns(scan.justified)}
FROM ${rows} AS v ${join}
WHERE v.start0 >= ${integer(Math.max(0, scan.lo - longest))} AND v.start0 < ${integer(scan.hi + slide)}
  AND v.end0 >= ${integer(Math.max(0, scan.lo - slide))} AND ${condition} AND ${where}`;

  const [only] = scan.spans;
  if (only !== undefined && scan.spans.length === 1) {
    const meets = `${start} < ${integer(only.hi)} AND ${end} > ${integer(only.lo)}`;
    return [select(integer(only.index), '', reach, meets)];
  }

  const short = Math.min(reach, LONG_ROW);
  // A row starts at most this far before and after a span that it meets.
  const [before, after] = [short + slide, slide];
  const width = binWidth(scan.spans, before + after, dialect.smallestBin);
  const lists = {
    question: { many: scan.spans.map(({ index }) => index) },
    lo: { many: scan.spans.map(({ lo }) => lo) },
    hi: { many: scan.spans.map(({ hi }) => hi) },
  };
  const spans = dialect.relation(lists, String(number), bindings);
  const binned = dialect.binned(
    spans,
    dialect.quotient(`greatest(lo - ${before}, 0)`, width),
    dialect.quotient(`(hi - 1 + ${after})`, width),
  );
  const meets = `${start} < q.hi AND ${end} > q.lo`;
  const branches = [
    select(
      'q.question',
      `JOIN ${binned} AS q ON ${dialect.quotient('v.start0', width)} = q.bin AND ${meets}`,
      before,
      `v.end0 - v.start0 <= ${short}`,
    ),
  ];
  if (reach > LONG_ROW) {
    branches.push(select('q.question', `JOIN ${spans} AS q ON ${meets}`, reach, `v.end0 - v.start0 > ${short}`));
  }
  return branches;
}

function binWidth(spans: readonly Span[], reach: number, smallest: number): number {
  const bases = spans.reduce((sum, { lo, hi }) => sum + (hi - lo) + reach, 0);
  let width = smallest;
  while (bases / width > MOST_BINS) width *= 2;
  return width;
}
