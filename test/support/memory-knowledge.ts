import { allelePlacer } from '../../lib/knowledge/release/place-alleles.ts';
import type { Coded, KnowledgeRow, Treatment } from '../../lib/knowledge/rows.ts';
import { storedToken } from '../../lib/knowledge/tokens.ts';
import type {
  Knowledge,
  KnowledgeAllele,
  KnowledgeStatement,
  Reference,
  StatementFilter,
  Statements,
  Token,
} from '../../lib/operations/ports.ts';
import { memoryReference } from './memory-reference.ts';

/** One release of made-up knowledge. */
export interface MemoryRelease {
  readonly source: string;
  readonly release: string;
  readonly rows: readonly KnowledgeRow[];
}

/**
 * Knowledge over plain arrays, each rule written without SQL: every allele is a candidate at every place. Alleles are
 * placed as an import places them.
 */
export function memoryKnowledge(
  releases: readonly MemoryRelease[],
  reference: Reference = memoryReference(),
): Knowledge {
  const all = releases.flatMap(({ source, release, rows }) =>
    rows.map((row, number) => ({ key: `${source}#${number}`, source, release, row })),
  );
  const place = allelePlacer(reference);
  const placed = new Map<string, ReturnType<typeof place>>();

  return {
    release: releases.map(({ source, release }) => `${source}@${release}`).join(),
    releases: releases.map(({ source, release, rows }) => ({
      source,
      release,
      statements: { dx: countOf(rows, 'dx'), tx: countOf(rows, 'tx'), mc: countOf(rows, 'mc') },
      uncarried: {},
    })),
    async about<Kind extends KnowledgeRow['kind']>(kind: Kind, filter: StatementFilter): Promise<Statements<Kind>> {
      const told = all.filter(({ row }) => row.kind === kind && passes(row, filter));
      const allelesIn = async (assembly: string): Promise<readonly KnowledgeAllele[]> => {
        const lists = await Promise.all(
          told.map(async ({ key, row }) => {
            const placing = placed.get(key) ?? place(row.kind === 'mc' ? [row.variant] : (row.variants ?? []));
            placed.set(key, placing);
            const { alleles } = await placing;
            return alleles
              .filter((one) => one.assembly === assembly)
              .map((one) => ({ ...one, slides: (one.deleted === '') !== (one.inserted === ''), statement: key }));
          }),
        );
        return lists.flat();
      };
      const shown = ({ row, ...one }: (typeof told)[number]): KnowledgeStatement<Kind> => {
        const { variants: _, variant: __, ...rest } = { variants: [], variant: '', ...row };
        return { ...one, row: rest } as unknown as KnowledgeStatement<Kind>;
      };
      return {
        at: allelesIn,
        within: allelesIn,
        everywhere: allelesIn,
        genes: async () => [
          ...new Set(
            told.flatMap(({ row }) => (row.kind === 'tx' ? (row.functions ?? []) : []).flat().map((f) => f.gene)),
          ),
        ],
        genotypes: async () =>
          told
            .flatMap(({ row }) => (row.kind === 'tx' ? (row.genotypes ?? []) : []))
            .flatMap(({ code, display }) => [code, display].flatMap((name) => name ?? [])),
        linked: async () => told.filter(({ row }) => row.kind === 'tx' && (row.genotypes ?? row.functions)).map(shown),
        unjoined: async (assemblies) => {
          const items = new Map<string, { source: string; release: string; level?: string; items: Set<string> }>();
          for (const one of told) {
            if (one.row.kind !== 'tx' || one.row.site === undefined) continue;
            const { site, identifiers, evidence } = one.row;
            const { alleles } = await place(one.row.variants ?? []);
            const needed = site.copies === 'compound' ? 2 : 1;
            const lacks = assemblies.some(
              (assembly) =>
                assembly === (site.only ?? assembly) &&
                alleles.filter((allele) => allele.assembly === assembly).length < needed,
            );
            if (!lacks) continue;
            const level = evidence?.code ?? evidence?.text;
            const name = `${one.source} ${level}`;
            const group = items.get(name) ?? {
              ...{ source: one.source, release: one.release, items: new Set<string>() },
              ...(level !== undefined && { level }),
            };
            group.items.add(identifiers[0]?.value ?? site.rsid);
            items.set(name, group);
          }
          return [...items.values()].map((one) => ({ ...one, items: one.items.size }));
        },
        read: async (keys) => {
          const wanted = new Set(keys);
          return new Map(told.filter(({ key }) => wanted.has(key)).map((one) => [one.key, shown(one)]));
        },
      };
    },
    async translations(kind, token) {
      const lists = all.map(({ row }) => (kind === 'treatment' ? treatmentsOf(row) : conditionsOf(row)));
      return lists.filter((list) => list.some((one) => isToken(one, token))).flat();
    },
    payloads: async () => [],
    payload: async () => undefined,
  };
}

/** An archive into which no knowledge was imported. */
export const noKnowledge: Knowledge = memoryKnowledge([]);

const conditionsOf = (row: KnowledgeRow): readonly Coded[] => (row.kind === 'mc' ? [] : row.conditions);
const treatmentsOf = (row: KnowledgeRow): readonly Treatment[] => (row.kind === 'tx' ? row.treatments : []);

const countOf = (rows: readonly KnowledgeRow[], kind: string): number => rows.filter((row) => row.kind === kind).length;

function passes(row: KnowledgeRow, { conditions, treatments }: StatementFilter): boolean {
  const holds = (list: readonly Treatment[], tokens: readonly Token[] | undefined) =>
    tokens === undefined || tokens.some((token) => list.some((one) => isToken(one, token)));
  return holds(conditionsOf(row), conditions) && holds(treatmentsOf(row), treatments);
}

function isToken({ also = [], ...coded }: Treatment, token: Token): boolean {
  const { system, code } = storedToken(token);
  return [coded, ...also].some((one: Coded) => {
    if (system === undefined)
      return [one.code, coded.display].some((word) => word?.toLowerCase() === code.toLowerCase());
    const stored = one.code === undefined ? undefined : storedToken({ ...one, code: one.code });
    return stored?.system === system && stored.code === code;
  });
}
