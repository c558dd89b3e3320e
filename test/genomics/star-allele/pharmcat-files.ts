import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Interbase } from '../../../lib/genomics/coordinates.ts';
import { callStarAlleles } from '../../../lib/genomics/star-allele/call.ts';
import type { GeneDefinition } from '../../../lib/genomics/star-allele/definition.ts';
import type { CalledAlleles, GeneCalls, PositionCall } from '../../../lib/genomics/star-allele/observation.ts';
import type { PhenotypeTable } from '../../../lib/genomics/star-allele/phenotype.ts';
import type { StarAlleleCall } from '../../../lib/genomics/star-allele/star-allele-call.ts';
import { readDefinition } from '../../../lib/knowledge/pharmcat/definition.ts';
import { readPhenotypes } from '../../../lib/knowledge/pharmcat/phenotype.ts';
import { realFile } from '../../support/real-data.ts';

const FOLDER = '08_pgx/pharmcat';
const COMPRESSED = new Set([
  'definition/alleles/CYP2C9_translation.json',
  'definition/alleles/DPYD_translation.json',
  'phenotype/CYP2C19.json',
  'phenotype/CYP2C9.json',
  'phenotype/DPYD.json',
  'phenotype/SLCO1B1.json',
  'phenotype/TPMT.json',
]);

function textOf(path: string): string {
  return COMPRESSED.has(path)
    ? gunzipSync(readFileSync(realFile(`${FOLDER}/${path}.gz`))).toString()
    : readFileSync(realFile(`${FOLDER}/${path}`), 'utf8');
}

const definitions = new Map<string, GeneDefinition>();
const phenotypes = new Map<string, PhenotypeTable>();

/** The published definition of a gene. */
export function definitionOf(gene: string): GeneDefinition {
  const path = `definition/alleles/${gene}_translation.json`;
  const definition = definitions.get(gene) ?? readDefinition(textOf(path), path);
  definitions.set(gene, definition);
  return definition;
}

/** The published phenotypes of a gene. CYP4F2 has none. */
export function phenotypesOf(gene: string): PhenotypeTable {
  const path = `phenotype/${gene}.json`;
  const table = phenotypes.get(gene) ?? readPhenotypes(textOf(path), path);
  phenotypes.set(gene, table);
  return table;
}

/** Calls a gene with the activity values its rule needs. */
export function callGene(definition: GeneDefinition, calls: GeneCalls): StarAlleleCall {
  return callStarAlleles(definition, calls, definition.gene === 'DPYD' ? phenotypesOf('DPYD').activity : undefined);
}

/** The diplotypes of a call, called or possible, as sorted text. */
export function diplotypesIn(call: StarAlleleCall): readonly string[] {
  if (call.outcome === 'unmatched') return [];
  const diplotypes = call.outcome === 'called' ? call.diplotypes : call.possible;
  return diplotypes.map(({ alleles }) => alleles.join('/')).toSorted();
}

/** A call with the REF of its row. */
export interface VcfCall extends CalledAlleles {
  readonly reference: string;
}

/** Chromosome and position of a VCF row (`chr10:94761900`) to the call of one sample there. */
export function readVcf(path: string, sample = 0): ReadonlyMap<string, VcfCall> {
  const rows = readFileSync(realFile(`08_pgx/${path}`), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    rows.flatMap((row) => {
      const [chromosome, position, , reference = '', alternatives = '', , , , format = '', ...samples] =
        row.split('\t');
      const keys = format.split(':');
      const values = samples[sample]?.split(':') ?? [];
      const genotype = values[keys.indexOf('GT')] ?? '.';
      const spelt = genotype.split(/[/|]/).map((index) => [reference, ...alternatives.split(',')][Number(index)]);
      const [first, second] = spelt;
      if (first === undefined || second === undefined) return [];
      const phaseSet = genotype.includes('|') ? (values[keys.indexOf('PS')] ?? 'whole file') : undefined;
      const alleles = [first, second] as const;
      const call = { alleles, reference, ...(phaseSet === undefined ? {} : { phaseSet }) };
      return [[`${chromosome}:${position}`, call] as const];
    }),
  );
}

/** A gene's calls out of a VCF. A row whose REF is not the definition's says nothing about the position. */
export function geneCalls(
  definition: GeneDefinition,
  chromosome: string,
  vcf: ReadonlyMap<string, VcfCall>,
  absent: 'not called' | 'reference',
): GeneCalls {
  return new Map(
    definition.positions.map(({ start0, reference }): readonly [Interbase, PositionCall] => {
      const row = vcf.get(`${chromosome}:${start0 + 1}`);
      if (row?.reference === reference) return [start0, row];
      return [start0, absent === 'reference' ? { alleles: [reference, reference] } : absent];
    }),
  );
}

/** UCSC names of the chromosomes of the called genes. */
export const CHROMOSOMES: Readonly<Record<string, string>> = {
  CYP2C19: 'chr10',
  CYP2C9: 'chr10',
  CYP3A5: 'chr7',
  CYP4F2: 'chr19',
  DPYD: 'chr1',
  NUDT15: 'chr13',
  SLCO1B1: 'chr12',
  TPMT: 'chr6',
  UGT1A1: 'chr2',
  VKORC1: 'chr16',
};

/** One of PharmCAT's test VCFs: what it states, and what is called of it. */
export interface PublishedCall {
  /** Below the folder of PharmCAT's test VCFs. */
  readonly file: string;
  readonly gene: string;
  readonly stated: string;
  readonly asItStands: string;
  readonly absentAsReference: string;
  readonly rule: string;
}

/** The rows of `published-calls.tsv`. */
export const PUBLISHED_CALLS: readonly PublishedCall[] = readFileSync(
  new URL('published-calls.tsv', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .slice(1)
  .map((line) => {
    const [file = '', gene = '', stated = '', asItStands = '', absentAsReference = '', rule = ''] = line.split('\t');
    return { file, gene, stated, asItStands, absentAsReference, rule };
  });
