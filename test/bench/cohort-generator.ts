import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Chromosome } from '../../lib/genomics/assembly.ts';
import type { StudyFile, StudyFileKind } from '../../lib/genomics/study.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import type { LocalArchive } from '../../lib/store/local.ts';
import { type Column, REGION_COLUMNS, STRUCTURAL_COLUMNS, VARIANT_COLUMNS } from '../../lib/store/schema.ts';
import { literal, writeParquet } from '../../lib/store/write-parquet.ts';

/** `small-exome`: of the three smallest chromosomes, so that 100,000 subjects can be made and compacted in minutes. */
export const SHAPES = ['exome', 'small-exome', 'genome'] as const;

/** What a made-up cohort is like. */
export interface CohortShape {
  readonly shape: (typeof SHAPES)[number];
  readonly subjects: number;
  /** Subjects of one study: 1 = every subject was tested alone. */
  readonly perStudy: number;
  readonly seed: number;
}

interface Scale {
  /** Name, length in megabases, and targets; sites lie in these. */
  readonly chromosomes: readonly (readonly [name: Chromosome, megabases: number, targets: number])[];
  /** Sites whose allele frequency is at least 0.5 %, per chromosome. */
  readonly common: number;
  /** Sites of the rare variants, and how many of these each subject has, per chromosome. */
  readonly rareSites: number;
  readonly rare: number;
  readonly targetBases: number;
}

/** An exome has about 2,500, 1,500 and 700 variants on chromosomes 1, 17 and 22, and 1,400 on 20 to 22. */
const SCALES: Readonly<Record<CohortShape['shape'], Scale>> = {
  exome: {
    chromosomes: [
      ['1', 245, 20_000],
      ['17', 80, 12_000],
      ['22', 34, 4_500],
    ],
    ...{ common: 5_700, rareSites: 60_000, rare: 40, targetBases: 150 },
  },
  'small-exome': {
    chromosomes: [
      ['20', 64, 4_700],
      ['21', 46, 2_000],
      ['22', 34, 4_500],
    ],
    ...{ common: 1_600, rareSites: 16_000, rare: 12, targetBases: 150 },
  },
  genome: {
    chromosomes: [
      ['1', 245, 248],
      ['17', 80, 83],
      ['22', 34, 50],
    ],
    ...{ common: 200_000, rareSites: 2_000_000, rare: 4_000, targetBases: 1_000_000 },
  },
};

/** Structural variants: how many there are, and how many a subject has on average. */
const STRUCTURAL = { sites: 600, perSubject: 12 };

/**
 * Makes a cohort of any size, always the same for a seed: common sites with frequencies spread as 1/x from 0.5 to 95 %,
 * genotypes in Hardy-Weinberg proportions, and rare variants of which few sites are shared and most are one subject's.
 * Written straight into studies, in the format of an ingest.
 *
 * @returns rows written
 */
export async function generateCohort(
  archive: LocalArchive,
  cohort: CohortShape,
  say: (line: string) => void,
): Promise<number> {
  const staging = await archive.archive.stage();
  const database = await openDuckDb({ memoryBytes: 2 ** 30, threads: 2, temporary: join(staging, 'spill') });
  const connection = await database.connect();
  await makeSites(connection, cohort);
  let rows = 0;
  for (let first = 0, study = 0; first < cohort.subjects; first += cohort.perStudy, study++) {
    const last = Math.min(first + cohort.perStudy, cohort.subjects);
    rows += await makeStudy(archive, connection, cohort, { study, first, last }, staging);
    if (study % 100 === 0) say(`generated ${last} of ${cohort.subjects} subjects`);
  }
  connection.closeSync();
  database.close();
  await rm(staging, { recursive: true, force: true });
  return rows;
}

export const subjectName = (number: number): string => `P${String(number).padStart(6, '0')}`;

/** SQL of a number in [0, 1) that the seed and the columns decide. */
const uniform = (seed: number, ...columns: readonly string[]): string =>
  `((hash(${[seed, ...columns].join(', ')}) % 1000003)::DOUBLE / 1000003)`;

async function makeSites(connection: DuckDBConnection, { shape, seed }: CohortShape): Promise<void> {
  const { chromosomes, common, rareSites, targetBases } = SCALES[shape];
  const list = chromosomes.map(([name, megabases, targets], at) => `('${name}', ${at}, ${targets}, ${megabases})`);
  await connection.run(
    `CREATE TABLE chromosomes AS SELECT * FROM (VALUES ${list.join(', ')}) AS v(chromosome, place, targets, megabases)`,
  );
  await connection.run(
    `CREATE TABLE targets AS SELECT chromosome, place, i, (1000000 + i * (megabases * 1000000 // targets))::INTEGER AS start0
    FROM chromosomes, range(targets) AS r(i)`,
  );
  const site = (kind: number): string => `chromosome, place, i AS site,
    (t.start0 + floor(${uniform(seed + kind, 's.i', 's.place')} * ${targetBases})::INTEGER)::INTEGER AS start0,
    substr('ACGT', 1 + (hash(${seed}, s.i, s.place, 1) % 4)::INTEGER, 1) AS "ref",
    substr('ACGTACGT', 1 + (hash(${seed}, s.i, s.place, 1) % 4 + 1 + hash(${seed}, s.i, s.place, 2) % 3)::INTEGER, 1) AS alt`;
  const sites = (count: number, kind: number): string =>
    `SELECT s.${site(kind).replace('i AS site', 's.i AS site').replace('place,', 's.place,')}
    FROM (SELECT *, floor(${uniform(seed + kind, 'i', 'place', '7')} * targets)::INTEGER AS target FROM chromosomes, range(${count}) AS r(i)) AS s
    JOIN targets AS t ON t.chromosome = s.chromosome AND t.i = s.target`;
  await connection.run(
    `CREATE TABLE common AS SELECT *, 0.005 * pow(190, ${uniform(seed, 'site', 'place', '9')}) AS frequency FROM (${sites(common, 10)})`,
  );
  await connection.run(`CREATE TABLE rare AS ${sites(rareSites, 20)}`);
  await connection.run(
    `CREATE TABLE structural AS SELECT chromosome, place, i AS site,
      (1000000 + ${uniform(seed, 'i', 'place', '3')} * (megabases - 3) * 1000000)::INTEGER AS start0,
      (50 * pow(20000, ${uniform(seed, 'i', 'place', '4')}))::INTEGER AS length,
      CASE WHEN i % 3 = 0 THEN 'DUP' ELSE 'DEL' END AS change_type
    FROM chromosomes, range(${STRUCTURAL.sites}) AS r(i)`,
  );
}

interface Batch {
  readonly study: number;
  /** Numbers of the subjects, half-open. */
  readonly first: number;
  readonly last: number;
}

const NULLS = `NULL::INTEGER AS allele_depth, NULL::INTEGER AS "depth", NULL::FLOAT AS allele_fraction`;

function variantsOf({ shape, seed }: CohortShape, chromosome: Chromosome): string {
  const { rare, rareSites } = SCALES[shape];
  const draw = uniform(seed, 'site', 'place', 'number');
  const columns = `'P' || lpad(number::VARCHAR, 6, '0') AS subject, 0::SMALLINT AS "input", 'germline' AS source_class, start0,
    (start0 + 1)::INTEGER AS end0, start0 AS reported_start0, "ref", alt, NULL::VARCHAR AS ids, 'PASS' AS filters, genotype,
    CASE genotype WHEN '1/1' THEN 'homozygous' ELSE 'heterozygous' END AS allelic_state, NULL::VARCHAR AS phase_set,
    NULL::SMALLINT AS haplotypes, ${NULLS}, NULL::INTEGER AS norm_start0, NULL::INTEGER AS norm_end0`;
  return `SELECT ${columns} FROM (
    SELECT number, start0, "ref", alt, CASE WHEN drawn < frequency * frequency THEN '1/1' ELSE '0/1' END AS genotype
    FROM (SELECT *, ${draw} AS drawn FROM common, subjects WHERE chromosome = '${chromosome}')
    WHERE drawn < frequency * (2 - frequency)
    UNION
    SELECT number, start0, "ref", alt, '0/1' FROM rare JOIN (
      SELECT number, floor(${rareSites} * pow(${uniform(seed, 'number', 'draw', `'${chromosome}'`)}, 1.5))::INTEGER AS wanted
      FROM subjects, range(${rare}) AS r(draw)
    ) ON site = wanted WHERE chromosome = '${chromosome}'
  ) ORDER BY subject, start0, "ref", alt`;
}

function structuralOf({ shape, seed }: CohortShape): string {
  const frequency = STRUCTURAL.perSubject / (STRUCTURAL.sites * SCALES[shape].chromosomes.length);
  return `SELECT 'P' || lpad(number::VARCHAR, 6, '0') AS subject, 0::SMALLINT AS "input", 'germline' AS source_class, chromosome, start0,
    start0 + length AS end0, start0 AS outer_start0, start0 + length AS outer_end0, start0 AS inner_start0, start0 + length AS inner_end0,
    false AS imprecise, change_type, NULL::FLOAT AS copy_number, CASE change_type WHEN 'DEL' THEN -length ELSE length END AS sv_length,
    NULL::VARCHAR AS mate_contig, NULL::INTEGER AS mate_start0, start0 - 1 AS reported_start0, 'N' AS "ref",
    '<' || change_type || '>' AS alt, NULL::VARCHAR AS ids, 'PASS' AS filters, '0/1' AS genotype, 'heterozygous' AS allelic_state,
    NULL::VARCHAR AS phase_set, NULL::SMALLINT AS haplotypes, ${NULLS}
  FROM structural, subjects WHERE ${uniform(seed, 'site', 'place', 'number', '5')} < ${frequency}
  ORDER BY subject, chromosome, start0`;
}

const regionsOf = (targetBases: number, chromosome: Chromosome): string =>
  `SELECT NULL::VARCHAR AS subject, 0::SMALLINT AS "input", 'studied' AS kind, start0, (start0 + ${targetBases})::INTEGER AS end0
  FROM targets WHERE chromosome = '${chromosome}' ORDER BY start0`;

/** Makes one study of some subjects. @returns its rows */
async function makeStudy(
  { archive }: LocalArchive,
  connection: DuckDBConnection,
  cohort: CohortShape,
  { study, first, last }: Batch,
  staging: string,
): Promise<number> {
  const id = `cohort-${String(study).padStart(6, '0')}`;
  await connection.run(`CREATE OR REPLACE TABLE subjects AS SELECT i AS number FROM range(${first}, ${last}) AS r(i)`);
  const files: StudyFile[] = [];
  const add = async (kind: StudyFileKind, sql: string, columns: readonly Column[], chromosome?: Chromosome) => {
    const ordered = `SELECT ${columns.map(({ name }) => `"${name}"`).join(', ')} FROM (${sql})`;
    const { path, ...file } = await writeParquet(connection, ordered, join(staging, 'file.parquet'), columns);
    const key = `studies/${id}/v=1-made/chrom=${chromosome ?? 'all'}/${kind}.parquet`;
    await archive.publish(path, key);
    const subjects = { first: subjectName(first), last: subjectName(last - 1) };
    files.push({
      ...file,
      ...{ key, kind, input: 0 },
      ...(chromosome === undefined ? {} : { chromosome }),
      ...(kind === 'regions' ? {} : { subjects }),
    });
  };
  for (const [chromosome] of SCALES[cohort.shape].chromosomes) {
    await add('variants', variantsOf(cohort, chromosome), VARIANT_COLUMNS, chromosome);
    await add('regions', regionsOf(SCALES[cohort.shape].targetBases, chromosome), REGION_COLUMNS, chromosome);
  }
  await add('structural', structuralOf(cohort), STRUCTURAL_COLUMNS);
  const names = Array.from({ length: last - first }, (_, i) => subjectName(first + i));
  await archive.commit({
    study: {
      ...{ id, version: 1, assembly: 'GRCh38', testId: id, testDate: '2024-01-01' },
      inputs: [
        {
          checksum: createHash('sha256').update(literal(id)).digest('hex'),
          name: `${id}.vcf.gz`,
          sourceClass: 'germline',
          changeTypes: ['SNV', 'INS', 'DEL', 'DUP'],
          studiedRegions: true,
          uncallableRegions: false,
          referenceBlocks: false,
          counts: {},
        },
      ],
      subjects: names.length,
      committed: '2024-01-01T00:00:00.000Z',
    },
    files,
    subjects: new Map(names.map((name) => [name, [{ input: 0, sample: name }]])),
  });
  return files.reduce((sum, file) => sum + file.rows, 0);
}
