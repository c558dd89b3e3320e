import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GenomicsError } from '../../lib/genomics/errors.ts';
import { ingestArchive } from '../support/ingest-archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { scanVcf } from '../support/scan-vcf.ts';

/** What hts-specs says of its own files (folder passed or failed), what we say, our message, and why we differ. */
const outcomes = readFileSync(new URL('malformed-outcomes.tsv', import.meta.url), 'utf8')
  .split('\n')
  .slice(1, -1)
  .map((line) => line.split('\t') as [file: string, official: string, ours: string, message: string, why: string]);

const folder = realFile('13_malformed_negative');

describe('the table of outcomes', () => {
  it('gives a message for every refusal, and a reason wherever we differ from the official validator', () => {
    for (const [file, official, ours, message, why] of outcomes) {
      expect([file, message !== '']).toEqual([file, ours === 'refused']);
      const differs = (official === 'passed' && ours === 'refused') || (official === 'failed' && ours === 'accepted');
      expect([file, why !== '']).toEqual([file, differs]);
    }
  });
});

describe.skipIf(!hasRealData)('the official passed and failed files', () => {
  const archive = ingestArchive();
  afterAll(() => archive.remove());

  // Files in lots, because each of hundreds of tests would print a line.
  it.each(['4.1', '4.2', '4.3', '4.5', ''])('VCF %s', { timeout: 240_000 }, async (version) => {
    const lot = outcomes.filter(([file]) =>
      version === '' ? !file.startsWith('hts-specs') : file.startsWith(`hts-specs_vcf/${version}/`),
    );
    expect(lot.length).toBeGreaterThan(0);
    for (const [file, official, ours, message] of lot) {
      const path = `${folder}/${file}`;
      expect(existsSync(path), file).toBe(true);
      const columns = /^#CHROM.*$/m.exec(readFileSync(path, 'latin1'))?.[0].split('\t').length ?? 0;
      if (ours === 'accepted' && official === 'failed') {
        // Hundreds of these: read to the last column, without writing Parquet.
        await expect(scanVcf(path, 'GRCh37', 'somatic'), file).resolves.toBeDefined();
        continue;
      }
      const before = archive.hash();
      const whose = columns > 9 ? { allSamples: true } : {};
      const request = { assembly: 'GRCh37', study: file.replaceAll(/[^A-Za-z0-9.]/g, '-') } as const;
      const error = await archive.load(path, { ...whose, sourceClass: 'somatic' }, request).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (ours === 'accepted') {
        expect([file, error]).toEqual([file, undefined]);
        continue;
      }
      expect([file, error instanceof GenomicsError]).toEqual([file, true]);
      const text = (error as Error).message;
      expect(text).toContain(basename(file));
      expect([file, text]).toEqual([file, expect.stringContaining(message)]);
      expect(text).not.toContain('\n');
      expect([file, archive.hash()]).toEqual([file, before]);
    }
  });
});
