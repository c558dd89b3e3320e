import type { Assembly } from '../genomics/assembly.ts';
import type { KnowledgeRow, Treatment } from '../knowledge/rows.ts';
import { filled, type StatementForm } from '../knowledge/statement-form.ts';
import type {
  KnowledgeStatement,
  StatementFilter,
  StatementLink,
  StatementRows,
  Statements,
  UnjoinedItems,
} from '../operations/ports.ts';
import { type BoundedCache, boundedCache } from './bounded-cache.ts';
import { integer } from './dialect.ts';
import { allelesAt, allelesEverywhere, allelesWithin } from './knowledge-alleles.ts';
import { filesOfKind, type KnowledgeReader, knowledgeRows, type LoadedRelease } from './knowledge-files.ts';
import { bindTokens, type FilteredLists, listsPassing, passing } from './knowledge-terms.ts';

/** Lists kept parsed, by characters of their JSON. */
const KEPT_LISTS = 16_000_000;
/** Numbers written into one query; DuckDB skips row groups by them. */
const NUMBERS_AT_A_TIME = 2_000;

/** A list, or what statements say alike. */
type Kept = readonly Treatment[] | StatementForm;

interface ParsedList {
  readonly list: Kept;
  readonly size: number;
}

/** A row of a statement, its JSON read: the statement's body, or its form and what fills it. */
interface StatementRow {
  readonly number: number;
  readonly kind: unknown;
  readonly conditions: unknown;
  readonly treatments: unknown;
  readonly body: object | readonly [form: number, ...values: readonly string[]];
}

/** Reads statements of the releases that answer; lists of conditions and treatments are kept between requests. */
export function statementsOf(reader: KnowledgeReader) {
  const lists: BoundedCache<ParsedList> = boundedCache(KEPT_LISTS, ({ size }) => size);

  return async function about<Kind extends KnowledgeRow['kind']>(
    releases: readonly LoadedRelease[],
    kind: Kind,
    filter: StatementFilter,
  ): Promise<Statements<Kind>> {
    const passed = await Promise.all(
      releases
        .filter(({ statements }) => statements[kind] > 0)
        .map(async (release) => ({ release, lists: await listsPassing(reader, release, filter) })),
    );
    const asked = passed.flatMap((one) => (one.lists === undefined ? [] : [{ ...one, lists: one.lists }]));
    const inAll = async <T>(
      step: (release: LoadedRelease, lists: FilteredLists) => Promise<readonly T[]>,
    ): Promise<readonly T[]> => (await Promise.all(asked.map(({ release, lists: own }) => step(release, own)))).flat();

    return {
      at: (assembly, places) => inAll((release, own) => allelesAt(reader, release, kind, assembly, places, own)),
      within: (assembly, stretches) =>
        inAll((release, own) => allelesWithin(reader, release, kind, assembly, stretches, own)),
      everywhere: (assembly) => inAll((release, own) => allelesEverywhere(reader, release, kind, assembly, own)),
      async genes() {
        const all = await inAll(async (release, own) => {
          const filter = passing('t', own);
          const sql = `SELECT DISTINCT t.scope FROM read_parquet($files) AS t WHERE t.kind = 'function'${filter.sql}`;
          return knowledgeRows(reader, { files: filesOfKind(release, 'links') }, sql, filter.bindings);
        });
        return [...new Set(all.map(([gene]) => String(gene)))].toSorted();
      },
      async genotypes() {
        const all = await inAll(async (release, own) => {
          const filter = passing('t', own);
          const sql = `SELECT DISTINCT t.code, t.display FROM read_parquet($files) AS t WHERE t.kind = 'genotype'${filter.sql}`;
          return knowledgeRows(reader, { files: filesOfKind(release, 'links') }, sql, filter.bindings);
        });
        return [...new Set(all.flat().flatMap((name) => (name === null ? [] : [String(name)])))].toSorted();
      },
      linked: (links) =>
        inAll(async (release, own) => {
          const numbers = await linkedNumbers(release, kind, links, own);
          return [...(await readNumbers<Kind>(release, numbers)).values()];
        }),
      unjoined: (assemblies) => inAll((release, own) => unjoinedOf(release, kind, assemblies, own)),
      async read(keys) {
        const wanted = new Map<string, number[]>();
        for (const key of keys) {
          const at = key.indexOf('#');
          const numbers = wanted.get(key.slice(0, at)) ?? [];
          wanted.set(key.slice(0, at), numbers);
          numbers.push(Number(key.slice(at + 1)));
        }
        const found = await Promise.all(
          asked.map(({ release }) => readNumbers<Kind>(release, wanted.get(release.token) ?? [])),
        );
        return new Map(found.flatMap((one) => [...one]));
      },
    };
  };

  async function linkedNumbers(
    release: LoadedRelease,
    kind: KnowledgeRow['kind'],
    links: readonly StatementLink[],
    own: FilteredLists,
  ): Promise<readonly number[]> {
    const genotypes = links.flatMap((link) => (link.kind === 'genotype' ? [link] : []));
    const functions = links.flatMap((link) => (link.kind === 'function' ? [link] : []));
    if (kind !== 'tx' || links.length === 0) return [];
    const filter = passing('t', own);
    const sql = `SELECT DISTINCT t.number FROM read_parquet($files) AS t WHERE (
      (t.kind = 'genotype' AND ((t.scope, t.code) IN (SELECT (unnest($systems), unnest($codes)))
        OR lower(t.code) IN (SELECT unnest($words)) OR lower(t.display) IN (SELECT unnest($words))))
      OR (t.kind = 'function' AND t.scope IN (SELECT unnest($genes))))${filter.sql}`;
    const { kind: _, ...tokens } = bindTokens('genotype', genotypes);
    const rows = await knowledgeRows(reader, { files: filesOfKind(release, 'links') }, sql, {
      ...tokens,
      genes: { strings: functions.map(({ gene }) => gene) },
      ...filter.bindings,
    });
    return rows.map(([number]) => Number(number));
  }

  async function unjoinedOf(
    release: LoadedRelease,
    kind: KnowledgeRow['kind'],
    assemblies: readonly Assembly[],
    own: FilteredLists,
  ): Promise<readonly UnjoinedItems[]> {
    if (kind !== 'tx' || assemblies.length === 0) return [];
    const filter = passing('t', own);
    const sql = `SELECT t.display, count(DISTINCT t.code)::INTEGER FROM read_parquet($files) AS t
      WHERE t.kind = 'unjoined' AND t.scope IN (SELECT unnest($assemblies))${filter.sql}
      GROUP BY t.display ORDER BY t.display`;
    const rows = await knowledgeRows(reader, { files: filesOfKind(release, 'links') }, sql, {
      assemblies: { strings: assemblies },
      ...filter.bindings,
    });
    const { source, release: name } = release;
    return rows.map(([level, items]) => ({
      ...{ source, release: name, items: Number(items) },
      ...(level === null ? {} : { level: String(level) }),
    }));
  }

  async function readNumbers<Kind extends KnowledgeRow['kind']>(
    release: LoadedRelease,
    numbers: readonly number[],
  ): Promise<ReadonlyMap<string, KnowledgeStatement<Kind>>> {
    const sorted = [...new Set(numbers)].toSorted((a, b) => a - b);
    const rows: StatementRow[] = [];
    for (let from = 0; from < sorted.length; from += NUMBERS_AT_A_TIME) {
      const some = sorted.slice(from, from + NUMBERS_AT_A_TIME);
      const [first, last] = [some[0] as number, some.at(-1) as number];
      const files = filesOfKind(release, 'rows').filter(
        (file) => (file.first ?? 0) <= last && (file.last ?? 0) >= first,
      );
      const sql = `SELECT number, kind, conditions, treatments, json FROM read_parquet($files)
        WHERE number IN (${some.map(integer).join()}) ORDER BY number`;
      for (const [number, kind, conditions, treatments, json] of await knowledgeRows(reader, { files }, sql, {})) {
        rows.push({ number: Number(number), kind, conditions, treatments, body: JSON.parse(String(json)) as object });
      }
    }
    if (rows.length !== sorted.length) throw new Error(`${sorted.length} statements were asked, ${rows.length} came`);
    const read = await listsOf(
      release,
      rows.flatMap(({ conditions, treatments, body }) => [
        conditions,
        treatments,
        ...(isInForm(body) ? [body[0]] : []),
      ]),
    );
    return new Map(
      rows.map((row) => [`${release.token}#${row.number}`, statementOf<Kind>(release, row, read)] as const),
    );
  }

  /** Lists by number, those that are kept and those read now. */
  async function listsOf(release: LoadedRelease, numbers: readonly unknown[]): Promise<ReadonlyMap<number, Kept>> {
    const found = new Map<number, Kept>();
    const missing = new Set<number>();
    for (const number of numbers) {
      if (typeof number !== 'number') continue;
      const kept = lists.get(`${release.token}#${number}`);
      if (kept === undefined) missing.add(number);
      else found.set(number, kept.list);
    }
    const all = [...missing].toSorted((a, b) => a - b);
    for (let from = 0; from < all.length; from += NUMBERS_AT_A_TIME) {
      const some = all.slice(from, from + NUMBERS_AT_A_TIME);
      const sql = `SELECT list, json FROM read_parquet($files) WHERE list IN (${some.map(integer).join()})`;
      for (const [number, json] of await knowledgeRows(reader, { files: filesOfKind(release, 'lists') }, sql, {})) {
        const text = String(json);
        const list = JSON.parse(text) as Kept;
        lists.set(`${release.token}#${number}`, { list, size: text.length });
        found.set(Number(number), list);
      }
    }
    return found;
  }
}

function statementOf<Kind extends KnowledgeRow['kind']>(
  { source, release, token }: LoadedRelease,
  { number, kind, conditions, treatments, body }: StatementRow,
  lists: ReadonlyMap<number, Kept>,
): KnowledgeStatement<Kind> {
  const kept = (list: number): Kept => {
    const found = lists.get(list);
    if (found === undefined) throw new Error(`a statement of ${source} ${release} names a list that is not there`);
    return found;
  };
  const listOf = (list: unknown) => (typeof list === 'number' ? (kept(list) as readonly Treatment[]) : []);
  const said = isInForm(body) ? filled(kept(body[0]) as StatementForm, body.slice(1) as readonly string[]) : body;
  const row = {
    kind,
    ...said,
    ...(kind === 'mc' ? {} : { conditions: listOf(conditions) }),
    ...(kind === 'tx' ? { treatments: listOf(treatments) } : {}),
  };
  return { key: `${token}#${number}`, source, release, row: row as unknown as StatementRows[Kind] };
}

const isInForm = (body: StatementRow['body']): body is readonly [number, ...string[]] => Array.isArray(body);
