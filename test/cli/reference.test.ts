import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalArchive } from '../../lib/store/local.ts';
import { genomics, startGenomics } from '../support/command-line.ts';
import { seeded } from '../support/random.ts';
import { writeTwoBit } from '../support/two-bit-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'reference-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const CHR21 = 46_709_983;
const SEED = 5;
const KILLS = 8;

const chain = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `chain 1 21 48129895 + 20000000 20001000 21 ${CHR21} + 20000200 20001200 1\n1000\n`);
  return path;
};

describe('genomics reference', () => {
  const data = join(folder, 'data');
  const add = (...more: string[]) => genomics('reference', 'add', '--data', data, ...more);

  it('adds, says what became of it, and lists', async () => {
    expect((await genomics('reference', 'list', '--data', data)).stderr).toContain('no reference data yet');
    const args = ['--chain', chain('hg19ToHg38.over.chain'), '--from', 'GRCh37', '--to', 'GRCh38'];
    const added = await add(...args);
    expect(added).toMatchObject({ status: 0, stdout: '' });
    expect(added.stderr).toMatch(/^chains GRCh37-GRCh38 hg19ToHg38-[0-9a-f]{8}: added, 79 B, [\d.]+ s\n$/);
    expect((await add(...args)).stderr).toContain('unchanged');
    const { stdout } = await genomics('reference', 'list', '--data', data);
    expect(stdout).toMatch(
      /^chains\tGRCh37-GRCh38\thg19ToHg38-[0-9a-f]{8}\t79 B\thg19ToHg38\.over\.chain\t20\d\d-\d\d-\d\d\n$/,
    );
  }, 60_000);

  it.each([
    [[], 'name one file'],
    [['--fasta', 'x.fa'], '--assembly GRCh37 or GRCh38'],
    [['--fasta', 'x.fa', '--twobit', 'x.2bit', '--assembly', 'GRCh38'], 'name one file'],
    [['--chain', 'x.chain', '--from', 'GRCh37'], '--from GRCh37 --to GRCh38'],
    [['--chain', 'x.chain', '--from', 'GRCh37', '--to', 'GRCh37'], "there is no file 'x.chain'"],
    [['--twobit', 'x.2bit', '--assembly', 'GRCh38', '--from', 'GRCh37'], '--from and --to go with --chain'],
    [['--transcripts', 'x.gff3'], "there is no file 'x.gff3'"],
  ] as const)(
    'refuses %j with one line',
    async (args, message) => {
      const { status, stderr } = await add(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^error: [^\n]*\n$/);
      expect(stderr).toContain(message);
    },
    60_000,
  );
});

describe(`reference add killed at ${KILLS} seeded moments (seed ${SEED})`, () => {
  const data = join(folder, 'killed');

  it('leaves the list as it was or complete; a rerun completes and sweep clears the rest', async () => {
    const path = join(folder, 'hg38.2bit');
    await writeTwoBit(path, [{ name: 'chr21', length: CHR21, islands: [{ start0: 20_000_000, bases: 'ACGT' }] }]);
    const args = ['reference', 'add', '--assembly', 'GRCh38', '--twobit', path, '--data', data];
    const started = performance.now();
    expect((await genomics(...args)).status).toBe(0);
    const duration = performance.now() - started;
    rmSync(data, { recursive: true });

    const random = seeded(SEED);
    let cut = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, outcome } = startGenomics(...args);
      const timer = setTimeout(() => child.kill('SIGKILL'), duration * (0.3 + 0.6 * random()));
      const { status } = await outcome;
      clearTimeout(timer);
      if (status === null) cut++;
      await using archive = await openLocalArchive(data);
      const listed = await archive.reference.list();
      expect(listed.length).toBeLessThanOrEqual(1);
      expect((await archive.admin.verify()).problems).toEqual([]);
      const { sequences } = await archive.ports.reference();
      expect(sequences.has('NC_000021.9')).toBe(listed.length === 1);
    }
    expect(cut, 'some runs must have been cut short, or nothing is shown').toBeGreaterThan(KILLS / 4);
    expect((await genomics(...args)).status).toBe(0);
    expect((await genomics('sweep', '--data', data, '--older-than', '0')).status).toBe(0);
    expect(await readdir(join(data, 'staging'))).toEqual([]);
    const objects = await readdir(join(data, 'objects'), { recursive: true });
    expect(objects.filter((name) => /\.(2bit|json)$/.test(name))).toHaveLength(2);
  }, 120_000);
});
