import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { ConflictError } from '../../lib/genomics/errors.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';
import type { StudyFile, StudyFileKind } from '../../lib/genomics/study.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { Archive, CommittedStudy } from '../../lib/ingest/ports.ts';
import type { IngestInput, IngestReport, IngestRequest } from '../../lib/ingest/request.ts';

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A request, and the reference to normalise with. */
type LoadRequest = IngestRequest & { readonly sequences: Sequences };

/** What ingest asks of an archive, over a folder and a map: ingest is tried without DynamoDB. */
export interface IngestArchive extends Archive {
  readonly folder: string;
  readonly studies: ReadonlyMap<string, CommittedStudy>;
  /** Digest of every published file, of every study, and of what is left in staging. */
  hash(): string;
  /** Writes a file to ingest. @returns its path */
  file(name: string, content: string | Buffer): string;
  /** Ingests one VCF text or path with GRCh38, subject `P1`, germline, unless said otherwise. */
  load(vcf: string, input?: Partial<IngestInput>, request?: Partial<LoadRequest>): Promise<IngestReport>;
  /** Rows of a study's files of one kind, in the order of the files. */
  rows(kind: StudyFileKind, study?: string): Promise<readonly Row[]>;
  remove(): void;
}

export function ingestArchive(): IngestArchive {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-test-'));
  const studies = new Map<string, CommittedStudy>();
  const incoming = join(folder, 'incoming');
  const staging = join(folder, 'staging');
  const store = join(folder, 'store');
  for (const path of [incoming, staging, store]) mkdirSync(path);
  let files = 0;

  const archive: IngestArchive = {
    folder,
    studies,
    study: async (id) => studies.get(id),
    admit: async () => undefined,
    nextVersion: async (id) => (studies.get(id)?.study.version ?? 0) + 1,
    stage: async () => mkdtempSync(join(staging, 'stage-')),
    async publish(path, key) {
      const to = join(store, key);
      mkdirSync(dirname(to), { recursive: true });
      renameSync(path, to);
    },
    async commit(next) {
      const ready = studies.get(next.study.id)?.study.version ?? 0;
      if (next.study.version !== ready + 1) throw new ConflictError('someone else was first');
      studies.set(next.study.id, next);
    },
    hash() {
      const digest = createHash('sha256');
      for (const part of [store, staging]) {
        for (const path of readdirSync(part, { recursive: true, withFileTypes: true }).sort((a, b) =>
          `${a.parentPath}/${a.name}` < `${b.parentPath}/${b.name}` ? -1 : 1,
        )) {
          digest.update(`${path.parentPath}/${path.name}\n`);
          if (path.isFile()) digest.update(readFileSync(join(path.parentPath, path.name)));
        }
      }
      for (const study of studies.values()) digest.update(JSON.stringify({ ...study, subjects: [...study.subjects] }));
      return digest.digest('hex');
    },
    file(name, content) {
      const path = join(incoming, `${files++}-${name}`);
      writeFileSync(path, content);
      return path;
    },
    load(vcf, input = {}, { sequences, ...request } = {}) {
      const file = vcf.includes('\n') ? archive.file('input.vcf', vcf) : vcf;
      const subject = input.allSamples === true ? {} : { subject: 'P1' };
      const one: IngestInput = { file, ...subject, sourceClass: 'germline', ...input };
      return ingest(
        { assembly: 'GRCh38', testId: 'T1', testDate: '2026-01-31', mode: 'create', inputs: [one], ...request },
        archive,
        sequences === undefined ? {} : { sequences },
      );
    },
    async rows(kind, study) {
      const committed = study === undefined ? [...studies.values()].at(-1) : studies.get(study);
      if (committed === undefined) throw new Error('no study was committed');
      return readRows(
        store,
        committed.files.filter((file) => file.kind === kind),
      );
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return archive;
}

async function readRows(store: string, files: readonly StudyFile[]): Promise<readonly Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows: Row[] = [];
  for (const { key } of files) {
    const path = join(store, key);
    const reader = await connection.runAndReadAll(
      `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}', hive_partitioning = false, file_row_number = true) ORDER BY file_row_number`,
    );
    for (const { file_row_number: _number, ...row } of reader.getRowObjectsJson()) rows.push(row as Row);
  }
  connection.closeSync();
  instance.closeSync();
  return rows;
}
