import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { genomics, startGenomics } from '../support/command-line.ts';
import { seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const FILE = '01_germline_multisample/1000g_phase3_chr22_10k_2504.grch37.vcf.gz';
const AMENDED = '01_germline_multisample/bioc_1000g_chr22_5samples.grch37.vcf.gz';
const KILLS = 32;
const SEED = 9;

describe.skipIf(!hasRealData)(`an ingest killed at ${KILLS} seeded moments (seed ${SEED})`, () => {
  const data = mkdtempSync(join(tmpdir(), 'killed-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  const command = (file: string, ...more: string[]): string[] => [
    ...['ingest', realFile(file), '--data', data, '--all-samples', '--source-class', 'germline'],
    ...['--assembly', 'GRCh37', '--test-id', 'wgs', '--test-date', '2013-05-02', '--study', 'cohort', ...more],
  ];

  /** Answer for one subject on the whole chromosome: the study's version and the number of rows. */
  async function state(): Promise<{ version: number; rows: number } | undefined> {
    const archive = await openLocalArchive(data);
    try {
      const record = await archive.ports.studies.subject('HG00096');
      const study = record?.studies[0]?.study;
      if (record === undefined || study === undefined) return undefined;
      const question = { index: 0, chromosome: '22', start0: interbase(0), end0: interbase(51_304_566) } as const;
      let rows = 0;
      for await (const batch of archive.ports.variants.simple(record, [question])) rows += batch.length;
      expect((await archive.admin.verify()).problems).toEqual([]);
      return { version: study.version, rows };
    } finally {
      await archive.close();
    }
  }

  /** Milliseconds that the command took when it ended before it could be killed. */
  async function killAt(milliseconds: number, args: readonly string[]): Promise<number | undefined> {
    const started = performance.now();
    const { child, outcome } = startGenomics(...args);
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    const { status, stderr } = await outcome;
    clearTimeout(timer);
    expect([0, null], stderr).toContain(status);
    return status === 0 ? performance.now() - started : undefined;
  }

  it('shows the old version or the whole new one, never anything between; a rerun completes', async () => {
    const started = performance.now();
    expect((await genomics(...command(FILE))).stderr).toContain('cohort: version 1');
    let duration = performance.now() - started;
    const rowsOf = new Map([[FILE, (await state())?.rows]]);
    expect((await genomics(...command(AMENDED, '--replace'))).status).toBe(0);
    rowsOf.set(AMENDED, (await state())?.rows);
    expect(rowsOf.get(FILE)).toBeGreaterThan(100);
    expect(rowsOf.get(FILE)).not.toBe(rowsOf.get(AMENDED));
    rmSync(data, { recursive: true });

    const random = seeded(SEED);
    let before: Awaited<ReturnType<typeof state>>;
    let cut = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const target = before?.rows === rowsOf.get(FILE) ? AMENDED : FILE;
      const args = command(target, ...(before === undefined ? [] : ['--replace']));
      // Other tests make the machine slower or faster: a run that was over too soon says how long one takes now.
      duration = (await killAt(duration * (0.1 + 0.8 * random()), args)) ?? duration;
      const after = await state();
      const complete = { version: (before?.version ?? 0) + 1, rows: rowsOf.get(target) };
      expect([before, complete], `kill ${kill}`).toContainEqual(after);
      if (after?.version === before?.version) cut++;
      before = after;
    }
    expect(cut, 'most runs must have been cut short, or nothing is shown').toBeGreaterThanOrEqual(KILLS / 2);

    const last = before?.rows === rowsOf.get(FILE) ? AMENDED : FILE;
    expect((await genomics(...command(last, ...(before === undefined ? [] : ['--replace'])))).status).toBe(0);
    const complete = { version: (before?.version ?? 0) + 1, rows: rowsOf.get(last) };
    expect(await state()).toEqual(complete);

    const swept = await genomics('sweep', '--data', data, '--older-than', '0');
    expect(swept.status).toBe(0);
    expect(await state()).toEqual(complete);
  }, 300_000);
});
