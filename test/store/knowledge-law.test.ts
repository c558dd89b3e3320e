import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CannotAnswerError } from '../../lib/genomics/errors.ts';
import type { StoredVariant } from '../../lib/genomics/variant.ts';
import { readNeutral } from '../../lib/knowledge/neutral.ts';
import type { DxRow } from '../../lib/knowledge/rows.ts';
import { knownVariants } from '../../lib/operations/known-variants.ts';
import type { Knowledge, Reference } from '../../lib/operations/ports.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { knowledgeArchive } from '../../lib/store/knowledge-archive.ts';
import { knowledgeStore } from '../../lib/store/knowledge-store.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { simpleRow, testOf } from '../support/archive-builder.ts';
import { memoryKnowledge } from '../support/memory-knowledge.ts';
import { memoryTable } from '../support/memory-table.ts';
import { between, pick, seeded } from '../support/random.ts';
import { ACCESSION, FEATURES, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const random = seeded(77);
const STUDY = testOf('exome', 'GRCh38');

/** A change of the made-up stretch: a substitution, or a copy more or less of a repeat, stated anywhere within it. */
interface Change {
  readonly offset: number;
  readonly deleted: string;
  readonly inserted: string;
}

function anyChange(): Change {
  const feature = pick(random, Object.values(FEATURES));
  const bases = feature.unit.length * feature.copies;
  const at = feature.offset + between(random, 0, bases - feature.unit.length);
  const unit = SEQUENCE.slice(at, at + feature.unit.length);
  const kind = between(random, 0, 2);
  if (kind === 0) return { offset: at, deleted: unit, inserted: '' };
  if (kind === 1) return { offset: at, deleted: '', inserted: unit };
  const base = SEQUENCE[at] as string;
  return { offset: at, deleted: base, inserted: base === 'T' ? 'G' : 'T' };
}

const CHANGES = Array.from({ length: 60 }, anyChange);
const ROWS: readonly DxRow[] = CHANGES.map(({ offset, deleted, inserted }, index) => ({
  kind: 'dx',
  variants: [`${ACCESSION.GRCh38}:${START.GRCh38 + offset}:${deleted}:${inserted}`],
  significance: { text: `s${index}` },
  conditions: [{ system: 'http://www.omim.org', code: String(index % 5) }],
  identifiers: [],
  source: 'test',
}));

/** A record with an anchoring base, as a VCF has it. */
function recordOf({ offset, deleted, inserted }: Change): StoredVariant {
  const anchor = SEQUENCE[offset - 1] as string;
  return simpleRow(STUDY, ['1', START.GRCh38 + offset, `${anchor}${deleted}`, `${anchor}${inserted}`]);
}

describe.each([
  ['with the reference', twoAssemblies()],
  ['without it', twoAssemblies({ windows: [], transcripts: false })],
] as const)('stored knowledge, imported %s,', (_name, imported) => {
  let folder: string;
  let stored: Knowledge;
  let close: () => void;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'knowledge-law-'));
    const [table, objects] = [memoryTable(), localObjects(join(folder, 'objects'))];
    const path = join(folder, 'rows.jsonl');
    await writeFile(path, ROWS.map(({ kind: _kind, ...row }) => JSON.stringify(row)).join('\n'));
    const stage = () => mkdtemp(join(folder, 'stage-'));
    await knowledgeArchive({ table, objects, stage, reference: async () => imported }).add({
      source: 'test',
      release: 'r1',
      inputs: [path],
      async fill(sink) {
        for await (const rows of readNeutral(path, 'dx', sink.report)) await sink.rows(rows);
      },
    });
    const db = await openDuckDb({ memoryBytes: 256 * 1_048_576, threads: 1, temporary: join(folder, 'temporary') });
    close = () => db.close();
    stored = await knowledgeStore({ table, objects, duckDb: async () => db })();
  });
  afterAll(async () => {
    close();
    await rm(folder, { recursive: true, force: true });
  });

  const plain = memoryKnowledge([{ source: 'test', release: 'r1', rows: ROWS }], imported);
  /** What is told of each row, or that only the reference could tell. */
  const told = async (
    knowledge: Knowledge,
    rows: readonly StoredVariant[],
    reference: Reference,
    codes: readonly string[],
  ) => {
    const conditions = codes.map((code) => ({ system: 'http://www.omim.org', code }));
    const statements = await knowledge.about('dx', codes.length === 0 ? {} : { conditions });
    try {
      const known = await knownVariants(rows, 'GRCh38', statements, reference);
      return known.map(({ row, statements: own }) => [
        row.reportedStart0,
        row.alt,
        own.map((one) => ('significance' in one.row ? one.row.significance.text : '')).toSorted(),
      ]);
    } catch (error) {
      if (error instanceof CannotAnswerError) return 'refused';
      throw error;
    }
  };

  it('is about something', async () => {
    expect(await told(stored, [recordOf(CHANGES[0] as Change)], twoAssemblies(), [])).not.toEqual([]);
  });

  const change = fc.constantFrom(...CHANGES, ...Array.from({ length: 60 }, anyChange));
  test.prop([
    fc.uniqueArray(change, { minLength: 1, maxLength: 12 }),
    fc.boolean(),
    fc.subarray(['0', '1', '2', '3', '4']),
  ])('says of any rows what a plain comparison says', async (changes, referenced, codes) => {
    const rows = changes.map(recordOf).toSorted((a, b) => a.start0 - b.start0);
    const reference = referenced ? twoAssemblies() : twoAssemblies({ windows: [], transcripts: false });
    expect(await told(stored, rows, reference, codes)).toEqual(await told(plain, rows, reference, codes));
  });
});
