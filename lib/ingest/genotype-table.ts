import { basename } from 'node:path';
import type { GeneName } from '../genomics/genotype-finding.ts';
import { readGenotypeName } from '../genomics/genotype-name.ts';
import { type CsvRow, readCsv } from './csv.ts';
import { fault, type Place, quoted } from './fault.ts';
import type { GenotypeRequest, StatedGenotype } from './genotypes.ts';
import { sourceClassOf } from './manifest.ts';
import { checkSubject } from './samples.ts';

const TEST_COLUMNS = ['subject', 'test_id', 'test_date', 'specimen_id', 'source_class'] as const;
const GENE_COLUMNS = ['gene_system', 'gene_code', 'gene_symbol'] as const;
const GENOTYPE_COLUMNS = ['genotype_system', 'genotype_code', 'genotype_display'] as const;

/** HGNC's URI, and the one that was used before Genomics Reporting 3.0. */
const HGNC = /^https?:\/\/www\.genenames\.org(?:\/geneId)?\/?$/;
const HGNC_ID = /^(?:HGNC:)?(\d+)$/i;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

/**
 * Reads genotypes from a CSV, one a row, and groups them by subject and test.
 *
 * @throws NotFoundError when the file can't be read; InvalidInputError naming file and line for a row without subject,
 * test, gene or genotype, for a gene or system that is none, and for a row that stands twice.
 */
export async function readGenotypeTable(
  path: string,
  mode: GenotypeRequest['mode'] = 'create',
): Promise<readonly GenotypeRequest[]> {
  const tests = new Map<string, { readonly place: Place; readonly request: GenotypeRequest }>();
  const lines = new Map<string, number>();
  for (const row of await readCsv(path, [...TEST_COLUMNS, ...GENE_COLUMNS, ...GENOTYPE_COLUMNS])) {
    const { place } = row;
    const before = lines.get(JSON.stringify(row.values));
    if (before !== undefined) throw fault(place, `the same as line ${before}`);
    lines.set(JSON.stringify(row.values), place.line);
    const [subject, testId, testDate] = ['subject', 'test_id', 'test_date'].map((column) => required(row, column)) as [
      string,
      string,
      string,
    ];
    checkSubject(subject, `${place.file}, line ${place.line}`);
    const key = JSON.stringify([subject, testId]);
    const earlier = tests.get(key);
    if (earlier !== undefined && earlier.request.testDate !== testDate) {
      const { request, place: there } = earlier;
      throw fault(place, `test_date ${testDate}, but line ${there.line} says ${request.testDate} of the same test`);
    }
    const genotypes = [...(earlier?.request.genotypes ?? []), genotypeOf(row)];
    const request = { subject, testId, testDate, mode, file: basename(path), genotypes };
    tests.set(key, { place: earlier?.place ?? place, request });
  }
  return [...tests.values()].map(({ request }) => request);
}

function genotypeOf(row: CsvRow): StatedGenotype {
  const { place, values } = row;
  const gene = geneOf(row);
  const code = values['genotype_code'] ?? required(row, 'genotype_display');
  const display = values['genotype_display'] ?? code;
  const system = values['genotype_system'];
  if (system !== undefined && !URI.test(system)) throw fault(place, `genotype_system ${quoted(system)} is no URI`);
  if (readGenotypeName(display, gene.symbol) === undefined && readGenotypeName(code, gene.symbol) === undefined) {
    throw fault(place, `${quoted(display)} has an allele without a name`);
  }
  const specimen = values['specimen_id'];
  const sourceClass = sourceClassOf(place, values['source_class']);
  return {
    gene,
    coding: { ...(system === undefined ? {} : { system }), code, display },
    candidates: 1,
    ...(specimen === undefined ? {} : { specimen }),
    ...(sourceClass === undefined ? {} : { sourceClass }),
  };
}

function geneOf(row: CsvRow): GeneName {
  const { place, values } = row;
  const symbol = required(row, 'gene_symbol');
  const [system, code] = [values['gene_system'], values['gene_code']];
  if (system !== undefined && !HGNC.test(system)) {
    throw fault(place, `gene_system ${quoted(system)} is not http://www.genenames.org; give genes as HGNC names them`);
  }
  if (code === undefined) return { symbol };
  const id = HGNC_ID.exec(code)?.[1];
  if (id === undefined) throw fault(place, `gene_code ${quoted(code)} is no HGNC id, such as HGNC:2621`);
  return { symbol, hgncId: `HGNC:${id}` };
}

function required({ place, values }: CsvRow, column: string): string {
  const value = values[column];
  if (value === undefined) throw fault(place, `${column} is missing`);
  return value;
}
