import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Chromosome, sequenceOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';
import { routesOf } from '../../lib/operations/routes.ts';
import type { OperationRow, ParameterRow } from '../../lib/operations/row.ts';
import { operations } from '../../lib/operations/table.ts';
import { between, pick } from './random.ts';

/** A request for one operation, to be put to any server. */
export interface Question {
  readonly operation: string;
  /** What comes after `[base]`. */
  readonly path: string;
  /** A `Parameters` body, for POST. */
  readonly body?: string;
}

type Values = Readonly<Record<string, string>>;

/** By GET. */
function asked(row: OperationRow, values: Values): Question {
  return { operation: row.code, path: `${routesOf(row)[0]}?${new URLSearchParams(values)}` };
}

const VALUE_OF: Readonly<Record<ParameterRow['type'], string>> = {
  string: 'valueString',
  code: 'valueCode',
  boolean: 'valueBoolean',
  Period: 'valuePeriod',
};

/** By POST. */
function posted(row: OperationRow, values: Values): Question {
  const parameter = Object.entries(values).map(([name, value]) => {
    const type = row.in[name]?.type ?? 'string';
    return { name, [VALUE_OF[type]]: type === 'boolean' ? value === 'true' : value };
  });
  const path = String(routesOf(row)[0]);
  return { operation: row.code, path, body: JSON.stringify({ resourceType: 'Parameters', parameter }) };
}

const rows: readonly OperationRow[] = operations.map(({ row }) => row);

/** The question that each operation gives as its example, put to the demo archive in both ways. */
export function exampleQuestions(): readonly Question[] {
  return rows.flatMap((row) => [asked(row, row.example), posted(row, row.example)]);
}

/** An allele of a made-up cohort, and one who carries it. */
interface Site {
  readonly chromosome: Chromosome;
  readonly start0: number;
  readonly ref: string;
  readonly alt: string;
  readonly subject: string;
}

const GENE_BASES = 50_000;

/** What the demo's chains reach: everyone, some of whom have results in GRCh37, can be asked about these places only. */
const DEMO_CHAIN = fileURLToPath(new URL('../../demo/reference/grch38-to-grch37.chain', import.meta.url));

/**
 * Questions about places of a made-up cohort at which somebody has something, for every operation on genotypes that
 * asks for places by `ranges` or `variants`.
 *
 * @param data data folder of the cohort, with the demo archive beside it
 * @param sequences of the demo: whoever states other bases than these is refused, and the cohort's are drawn by chance
 */
export async function cohortQuestions(
  data: string,
  sequences: Sequences,
  each: number,
  random: () => number,
): Promise<readonly Question[]> {
  const windows = demoWindows();
  const inside = (site: Site): boolean => windows.some((window) => holds(window, site));
  const [carried, sites]: [Site[], Site[]] = [[], []];
  for (const site of await sitesOf(data)) {
    if (inside(site) && !(await agrees(sequences, site))) continue;
    sites.push(site);
    if (inside(site)) carried.push(site);
  }
  return rows
    .filter(({ family }) => family.endsWith('/genotype-operations'))
    .flatMap((row) => {
      const { ranges, variants, subject, includeVariants } = row.in;
      if (ranges?.min !== 1 && variants?.min !== 1) return [];
      return Array.from({ length: each }, () => {
        const site = pick(random, subject === undefined ? carried : sites);
        const within = subject === undefined ? windows.find((window) => holds(window, site)) : undefined;
        return asked(row, {
          ...(subject === undefined ? {} : { subject: site.subject }),
          ...(ranges?.min === 1 ? { ranges: geneAround(site, within, random) } : { variants: spdiOf(site) }),
          ...(includeVariants === undefined ? {} : { includeVariants: 'true' }),
        });
      });
    });
}

interface Window {
  readonly chromosome: string;
  readonly start0: number;
  readonly end0: number;
}

/** Places of GRCh38 by the header lines of the chains. */
function demoWindows(): readonly Window[] {
  const headers = readFileSync(DEMO_CHAIN, 'utf8').matchAll(/^chain \S+ chr(\S+) \S+ \+ (\d+) (\d+) /gm);
  return [...headers].map(([, chromosome = '', start, end]) => ({
    chromosome,
    start0: Number(start),
    end0: Number(end),
  }));
}

const holds = (window: Window, { chromosome, start0 }: Site): boolean =>
  window.chromosome === chromosome && window.start0 <= start0 && start0 < window.end0;

/** Whether the loaded bases, if any, are those of the site. */
async function agrees(sequences: Sequences, { chromosome, start0, ref }: Site): Promise<boolean> {
  const interval = { start0: interbase(start0), end0: interbase(start0 + ref.length) };
  const accession = accessionOf(chromosome);
  return !sequences.has(accession, interval) || (await sequences.sequence(accession, interval)) === ref;
}

const accessionOf = (chromosome: Chromosome): string => sequenceOf('GRCh38', chromosome)?.accession ?? '';

const spdiOf = ({ chromosome, start0, ref, alt }: Site): string => `${accessionOf(chromosome)}:${start0}:${ref}:${alt}`;

function geneAround({ chromosome, start0 }: Site, within: Window | undefined, random: () => number): string {
  const from = Math.max(within?.start0 ?? 0, start0 - between(random, 0, GENE_BASES));
  const to = Math.min(within?.end0 ?? Number.POSITIVE_INFINITY, from + GENE_BASES);
  return `${accessionOf(chromosome)}:${from}-${to}`;
}

async function sitesOf(data: string): Promise<readonly Site[]> {
  const folder = join(data, 'objects', 'studies');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.startsWith('cohort-') && name.endsWith('variants.parquet'))
    .map((name) => `'${join(folder, name)}'`);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT chrom::VARCHAR AS chromosome, start0, "ref", alt, min(subject) AS subject
    FROM read_parquet([${files.join()}], hive_partitioning = true) GROUP BY ALL ORDER BY ALL`,
  );
  const sites = reader.getRowObjects() as unknown as Site[];
  connection.closeSync();
  instance.closeSync();
  return sites;
}
