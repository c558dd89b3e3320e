import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceClass } from '../genomics/allele.ts';
import { ConflictError, InvalidInputError } from '../genomics/errors.ts';
import type { NamedGenotype } from '../genomics/genotype-finding.ts';
import type { Study, StudyFile, StudyInput, StudySample } from '../genomics/study.ts';
import { openDuckDb } from '../store/duckdb.ts';
import { GENOTYPE_COLUMNS } from '../store/schema.ts';
import { type WrittenFile, writeParquet } from '../store/write-parquet.ts';
import { quoted } from './fault.ts';
import { checkTest } from './ingest.ts';
import type { Archive, CommittedStudy } from './ports.ts';
import type { IngestRequest } from './request.ts';
import { checkSubject } from './samples.ts';
import { genotypeStudyId } from './study-id.ts';
import { openTsv, readTsv } from './tsv.ts';

/** A genotype as a file states it. */
export interface StatedGenotype extends NamedGenotype {
  readonly specimen?: string;
  readonly sourceClass?: SourceClass;
}

/** The genotypes of one test of one subject. */
export interface GenotypeRequest {
  readonly subject: string;
  readonly testId: string;
  /** `YYYY-MM-DD`. */
  readonly testDate: string;
  readonly mode: IngestRequest['mode'];
  /** Name of the file they are from, without folders. */
  readonly file: string;
  readonly genotypes: readonly StatedGenotype[];
}

export interface GenotypeReport {
  readonly study: string;
  readonly version: number;
  /** `unchanged`: the study already holds exactly these genotypes. */
  readonly status: 'committed' | 'unchanged';
  /** Genotypes that were written. */
  readonly genotypes: number;
}

export interface GenotypeArchive extends Archive {
  /** READY studies of a subject. */
  studiesOf(subject: string): Promise<readonly Study[]>;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;
const MEMORY_BYTES = 128 * 1_048_576;

/**
 * Makes genotypes a study of their own, which names the test they are of and has no assembly: visible all at once or
 * not at all. The same genotypes again are a no-op, whatever file states them.
 *
 * @throws InvalidInputError for a bad id or date, or when the archive knows the test by another date
 * @throws ConflictError when the test has other genotypes and the mode is `create`. The store is then as it was.
 */
export async function importGenotypes(request: GenotypeRequest, archive: GenotypeArchive): Promise<GenotypeReport> {
  checkTest(request);
  checkSubject(request.subject, request.file);
  await checkDate(request, archive);
  const id = genotypeStudyId(request);
  const version = await archive.nextVersion(id);
  const existing = await archive.study(id);
  const stated = inputsOf(request);
  const inputs = existing === undefined ? stated : newInputs(request, stated, existing);
  if (existing !== undefined && inputs.length === 0) {
    return { study: id, version: existing.study.version, status: 'unchanged', genotypes: 0 };
  }
  const kept = request.mode === 'add' ? existing : undefined;
  const staging = await archive.stage();
  try {
    const next = await assemble(request, { id, version, kept, inputs, staging });
    for (const { path, file } of next.written) await archive.publish(path, file.key);
    await archive.commit(next.committed);
    const genotypes = inputs.reduce((sum, input) => sum + input.genotypes.length, 0);
    return { study: id, version, status: 'committed', genotypes };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function checkDate(
  { subject, testId, testDate, file }: GenotypeRequest,
  { studiesOf }: GenotypeArchive,
): Promise<void> {
  const other = (await studiesOf(subject)).find((study) => study.testId === testId && study.testDate !== testDate);
  if (other === undefined) return;
  throw new InvalidInputError(
    `${file}: test ${testId} of ${subject} is of ${other.testDate} in the archive, not of ${testDate}`,
  );
}

/** Genotypes of one specimen and class: what filters of a request tell apart. */
interface GenotypeInput {
  readonly checksum: string;
  readonly specimen: string | undefined;
  readonly sourceClass: SourceClass | undefined;
  readonly genotypes: readonly StatedGenotype[];
}

function inputsOf({ subject, genotypes }: GenotypeRequest): readonly GenotypeInput[] {
  if (genotypes.length === 0) throw new InvalidInputError('no genotype to import');
  const groups = Map.groupBy(genotypes, ({ specimen, sourceClass }) => JSON.stringify([specimen, sourceClass]));
  return [...groups.values()].map((group) => {
    const [{ specimen, sourceClass }] = group as [StatedGenotype];
    const rows = group.map((genotype) => JSON.stringify(fieldsOf(genotype))).sort();
    const said = JSON.stringify(['genotypes', subject, specimen ?? null, sourceClass ?? null, rows]);
    return { checksum: createHash('sha256').update(said).digest('hex'), specimen, sourceClass, genotypes: group };
  });
}

/** The inputs that the study does not hold yet. @throws ConflictError */
function newInputs(
  { mode }: GenotypeRequest,
  stated: readonly GenotypeInput[],
  { study }: CommittedStudy,
): readonly GenotypeInput[] {
  if (study.assembly !== undefined) throw new ConflictError(`study ${study.id} holds variants, not imported genotypes`);
  const held = new Set(study.inputs.map(({ checksum }) => checksum));
  if (stated.length === held.size && stated.every(({ checksum }) => held.has(checksum))) return [];
  if (mode === 'replace') return stated;
  if (mode === 'add') return stated.filter(({ checksum }) => !held.has(checksum));
  throw new ConflictError(
    `study ${study.id} exists with other genotypes; add these with --add, or amend it with --replace`,
  );
}

interface Assembling {
  readonly id: string;
  readonly version: number;
  readonly kept: CommittedStudy | undefined;
  readonly inputs: readonly GenotypeInput[];
  readonly staging: string;
}

interface Written {
  readonly path: string;
  readonly file: StudyFile;
}

async function assemble(
  { subject, testId, testDate, file }: GenotypeRequest,
  { id, version, kept, inputs, staging }: Assembling,
): Promise<{ readonly written: readonly Written[]; readonly committed: CommittedStudy }> {
  const prefix = `studies/${id}/v=${version}-${randomBytes(4).toString('hex')}`;
  const first = kept?.study.inputs.length ?? 0;
  const parquet = await writeInputs(subject, inputs, first, staging);
  const written = parquet.map(({ path, ...measured }, index): Written => {
    const input = first + index;
    return { path, file: { ...measured, kind: 'genotypes', input, key: `${prefix}/genotypes-${input}.parquet` } };
  });
  const described = inputs.map(
    ({ checksum, sourceClass, genotypes }): StudyInput => ({
      checksum,
      name: file,
      ...(sourceClass === undefined ? {} : { sourceClass }),
      studiedRegions: false,
      uncallableRegions: false,
      referenceBlocks: false,
      counts: { genotypes: genotypes.length },
    }),
  );
  const samples = inputs.map(
    ({ specimen }, index): StudySample => ({
      input: first + index,
      sample: subject,
      ...(specimen === undefined ? {} : { specimen }),
    }),
  );
  const study: Study = {
    id,
    version,
    testId,
    testDate,
    inputs: [...(kept?.study.inputs ?? []), ...described],
    subjects: 1,
    committed: new Date().toISOString(),
  };
  const files = [...(kept?.files ?? []), ...written.map((one) => one.file)];
  const subjects = new Map([[subject, [...(kept?.subjects.get(subject) ?? []), ...samples]]]);
  return { written, committed: { study, files, subjects } };
}

async function writeInputs(
  subject: string,
  inputs: readonly GenotypeInput[],
  first: number,
  staging: string,
): Promise<readonly WrittenFile[]> {
  const database = await openDuckDb({ memoryBytes: MEMORY_BYTES, threads: 1, temporary: join(staging, 'spill') });
  const connection = await database.connect();
  try {
    const written: WrittenFile[] = [];
    for (const [index, { sourceClass, genotypes }] of inputs.entries()) {
      const tsv = join(staging, `${index}.tsv`);
      const writer = openTsv(tsv);
      for (const genotype of genotypes) {
        writer.text(subject);
        writer.integer(first + index);
        writer.text(sourceClass);
        for (const field of fieldsOf(genotype)) writer.text(field);
        writer.endRow();
      }
      writer.close();
      const fields = GENOTYPE_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
      const rows = `SELECT * FROM (${readTsv(tsv, fields)}) ORDER BY gene_symbol, genotype_code`;
      const one = await writeParquet(connection, rows, join(staging, `${index}.parquet`), GENOTYPE_COLUMNS);
      if (one.rows !== genotypes.length)
        throw new Error(`${genotypes.length} genotypes came, ${one.rows} were written`);
      written.push(one);
    }
    return written;
  } finally {
    connection.closeSync();
    database.close();
  }
}

/** The columns after those of the carrier, in the order of GENOTYPE_COLUMNS. */
function fieldsOf({ gene, coding, phenotype, activityScore, candidates }: NamedGenotype): (string | undefined)[] {
  const { system, code, display } = coding;
  const fields = [gene.symbol, gene.hgncId, system, code, display, phenotype, activityScore, String(candidates)];
  const broken = fields.find((field) => field !== undefined && CONTROL.test(field));
  if (broken !== undefined)
    throw new InvalidInputError(`${quoted(broken)} has a line end or another control character`);
  return fields;
}
