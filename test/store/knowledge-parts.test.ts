import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { DxRow } from '../../lib/knowledge/rows.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';

/** More than two parts hold, so that parts are loaded while others are written. */
const ROWS = 130_000;
const BATCH = 3_000;
/** Every 997th place is asked about. */
const ASKED = 997;

/** Statements from the end of the chromosome to its start: numbers run along the genome, not along the source. */
const rowOf = (i: number): DxRow => ({
  kind: 'dx',
  variants: [`NC_000007.14:${1_000_000 + (ROWS - i)}:A:T`],
  significance: { text: `significance ${i % 7}` },
  ...(i % 3 === 0 ? {} : { reviewStatus: `review "${i % 5}"`, evidence: { text: `evidence ${i % 4}` } }),
  conditions: i % 11 === 0 ? [] : [{ system: 'http://www.omim.org', code: String(i % 50), display: 'condition' }],
  identifiers: [{ system: 'urn:a', value: `value "${i}" ü` }],
  ...(i % 2 === 0 ? {} : { variantIdentifiers: [{ system: 'urn:b', value: `rs${i}` }] }),
  source: 'test',
});
const batch = (from: number): readonly DxRow[] =>
  Array.from({ length: Math.min(BATCH, ROWS - from) }, (_, i) => rowOf(from + i));

let local: TemporaryArchive;
let input: string;
beforeAll(async () => {
  local = await temporaryArchive();
  input = join(local.folder, 'made-up.txt');
  await writeFile(input, 'what an import is recognised by');
});
afterAll(() => local.remove());

describe('a release of many parts', () => {
  it('is not there when a row is bad after some parts were loaded', async () => {
    const failing = local.knowledge.add({
      source: 'many',
      release: 'bad',
      inputs: [input],
      async fill(sink) {
        for (let from = 0; from < ROWS / 2; from += BATCH) await sink.rows(batch(from));
        throw new Error('row 65,001 is bad');
      },
    });
    await expect(failing).rejects.toThrow('row 65,001 is bad');
    expect(await local.knowledge.list()).toEqual([]);
  });

  it('gives every statement back as it was read, by place', async () => {
    const { release } = await local.knowledge.add({
      source: 'many',
      release: 'good',
      inputs: [input],
      async fill(sink) {
        for (let from = 0; from < ROWS; from += BATCH) await sink.rows(batch(from));
      },
    });
    expect(release.statements).toEqual({ dx: ROWS, tx: 0, mc: 0 });
    const statements = await (await local.ports.knowledge()).about('dx', {});
    const everywhere = await statements.everywhere('GRCh38');
    expect(everywhere).toHaveLength(ROWS);
    for (let i = 0; i < ROWS; i += ASKED) {
      const start0 = interbase(1_000_000 + (ROWS - i));
      const end0 = interbase(start0 + 1);
      const found = await statements.at('GRCh38', [{ chromosome: '7', start0, end0, slides: false }]);
      const here = found.filter((one) => one.start0 === start0);
      const read = await statements.read(here.map(({ statement }) => statement));
      const { variants: _, ...row } = rowOf(i);
      expect([...read.values()].map((one) => one.row)).toEqual([row]);
      // Numbers follow the genome.
      expect(here[0]?.statement.split('#')[1]).toBe(String(ROWS - i - 1));
    }
  });
});
