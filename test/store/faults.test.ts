import { mkdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import type { CommittedStudy } from '../../lib/ingest/ports.ts';
import type { RangeQuestion, SubjectView } from '../../lib/operations/ports.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import {
  collect,
  regionRow,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../support/archive.ts';

let local: TemporaryArchive;
let committed: CommittedStudy;
let view: SubjectView;

beforeEach(async () => {
  local = await temporaryArchive();
  committed = await storeStudy(local, {
    id: 'faults',
    inputs: [{ studiedRegions: true }],
    variants: { 1: [variantRow(100, 'A', 'G')], 2: [variantRow(100, 'A', 'G')] },
    structural: [structuralRow('1', 'DEL', 1_000, 2_000)],
    regions: { 1: [regionRow('studied', 0, 5_000)] },
  });
  view = { subject: 'S1', studies: [{ study: committed.study, samples: committed.subjects.get('S1')! }] };
});
afterEach(() => local.remove());

const asked: RangeQuestion[] = [{ index: 0, chromosome: '1', start0: interbase(0), end0: interbase(3_000) }];
/** Inside the deletion. */
const inside: RangeQuestion[] = [{ index: 0, chromosome: '1', start0: interbase(1_200), end0: interbase(1_300) }];
const pathOf = (kind: string, chromosome?: string): string =>
  join(
    local.folder,
    'objects',
    committed.files.find((file) => file.kind === kind && file.chromosome === chromosome)!.key,
  );

const questions = {
  simple: () => collect(local.ports.variants.simple(view, asked)),
  alleles: () =>
    collect(
      local.ports.variants.alleles(
        view,
        asked.map((each) => ({ ...each, deleted: 'A', inserted: 'G' })),
      ),
    ),
  'present, simple': () => local.ports.variants.present(view, asked, 'simple'),
  structural: () => collect(local.ports.variants.structural(view, asked, 'intersecting')),
  'present, subsuming': () => local.ports.variants.present(view, inside, 'subsuming'),
  coverage: () => local.ports.variants.coverage(view, asked),
  regions: () => local.ports.variants.regions(view, asked),
};

const damages: Record<string, (path: string) => Promise<void>> = {
  'is missing': (path) => rm(path),
  'is cut short': (path) => truncate(path, 40),
  'is empty': (path) => truncate(path, 0),
  'is longer': (path) => writeFile(path, 'more', { flag: 'a' }),
  'has lost its content but not its size': async (path) => {
    const { size } = await stat(path);
    await writeFile(path, Buffer.alloc(size));
  },
  'is a folder': async (path) => {
    await rename(path, `${path}.away`);
    await mkdir(path);
  },
};

const FILE_OF: Record<keyof typeof questions, [string, string | undefined]> = {
  simple: ['variants', '1'],
  alleles: ['variants', '1'],
  'present, simple': ['variants', '1'],
  structural: ['structural', undefined],
  'present, subsuming': ['structural', undefined],
  coverage: ['regions', '1'],
  regions: ['regions', '1'],
};

describe.each(Object.keys(questions) as (keyof typeof questions)[])('%s', (name) => {
  const harms = name === 'simple' ? Object.keys(damages) : ['is missing', 'has lost its content but not its size'];
  it.each(harms)('is an error when its file %s, before and after a good answer', async (damage) => {
    const good = await questions[name]();
    await damages[damage]!(pathOf(...FILE_OF[name]));
    await expect(questions[name]()).rejects.toThrow(UnavailableError);
    const [message] = await questions[name]().then(
      () => [''],
      (error: Error) => [error.message],
    );
    expect(message).not.toContain(local.folder);
    expect(good).toBeDefined();
  });
});

it('needs only the files that a question touches', async () => {
  await rm(pathOf('variants', '2'));
  expect(await questions.simple()).toHaveLength(1);
});

it('leaves the store usable when a reader stops early', async () => {
  for (let round = 0; round < 10; round++) {
    for await (const batch of local.ports.variants.simple(view, asked)) {
      expect(batch).toHaveLength(1);
      break;
    }
  }
  expect(await questions.simple()).toHaveLength(1);
});

it('answers many questions at a time', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => questions.simple()));
  expect(answers.map(({ length }) => length)).toEqual(Array.from({ length: 40 }, () => 1));
});

it('lets the serving DuckDB read nothing but its folders, write nothing and change nothing', async () => {
  const db = await openDuckDb({
    memoryBytes: 256 * 1_048_576,
    threads: 1,
    temporary: join(local.folder, 'temporary'),
    readOnlyFrom: [join(local.folder, 'objects')],
  });
  const run = async (sql: string): Promise<number> => {
    let rows = 0;
    for await (const chunk of db.chunks(sql, {})) rows += chunk.rowCount;
    return rows;
  };
  expect(await run(`SELECT * FROM read_parquet('${pathOf('variants', '1')}')`)).toBe(1);
  await writeFile(join(local.folder, 'outside.csv'), 'a\n1\n');
  await expect(run(`SELECT * FROM read_csv('${join(local.folder, 'outside.csv')}')`)).rejects.toThrow(UnavailableError);
  await expect(run(`COPY (SELECT 1) TO '${join(local.folder, 'written.csv')}'`)).rejects.toThrow(UnavailableError);
  await expect(run('SET enable_external_access = true')).rejects.toThrow(UnavailableError);
  await expect(run("INSTALL httpfs FROM 'nowhere'")).rejects.toThrow(UnavailableError);
  // Sorting more than fits in memory spills to the temporary folder, which stays allowed.
  expect(
    await run(
      'SELECT count(*) FROM (SELECT hash(range) AS h, range::VARCHAR AS t FROM range(6_000_000) ORDER BY h, t OFFSET 5)',
    ),
  ).toBe(1);
  db.close();
});
