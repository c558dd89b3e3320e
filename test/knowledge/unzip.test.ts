import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReport } from '../../lib/knowledge/report.ts';
import type { KnowledgeRow } from '../../lib/knowledge/rows.ts';
import { readPharmGkb } from '../../lib/knowledge/sources/pharmacogenomics.ts';
import { unzipped } from '../../lib/knowledge/sources/unzip.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { zip } from '../support/zip.ts';

const ANNOTATIONS =
  'Summary Annotation ID\tVariant/Haplotypes\tGene\tLevel of Evidence\tDrug(s)\tPhenotype(s)\n1\tCYP2C19*1, CYP2C19*2\tCYP2C19\t1A\tclopidogrel\t\n';
const ALLELES = 'Summary Annotation ID\tGenotype/Allele\tAnnotation Text\n1\t*2/*2\tless of it is made active\n';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unzip-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function stored(name: string, content: Buffer | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function rowsOf(files: readonly string[]): Promise<readonly KnowledgeRow[]> {
  const rows: KnowledgeRow[] = [];
  await readPharmGkb(files, {
    report: createReport(() => undefined),
    rows: async (batch) => void rows.push(...batch),
    variants: async () => undefined,
    numbered: async () => undefined,
    payload: () => undefined,
  });
  return rows;
}

describe('an archive as it is published', () => {
  it('stands for the tables in it, beside plain files, and leaves nothing behind', async () => {
    const archive = await stored(
      'summaryAnnotations.zip',
      zip({
        'CREATED_2026-01-05.txt': '',
        'LICENSE.txt': 'shared alike',
        'README.pdf': Buffer.from([0, 1, 2]),
        'summary_annotations.tsv': ANNOTATIONS,
        'summary_ann_alleles.tsv': ALLELES,
        'summary_ann_evidence.tsv': 'Summary Annotation ID\tEvidence ID\tPMID\n1\t2\t3\n',
      }),
    );
    const plain = await stored(
      'drugs.tsv',
      'PharmGKB Accession Id\tName\tCross-references\nPA449053\tclopidogrel\tRxNorm:32968\n',
    );
    let left: readonly string[];
    {
      await using given = await unzipped([archive, plain]);
      left = given.files;
      expect(left.map((path) => basename(path))).toEqual([
        'summary_annotations.tsv',
        'summary_ann_alleles.tsv',
        'drugs.tsv',
      ]);
      expect(await rowsOf(left)).toMatchObject([
        { genotypes: [{ code: 'CYP2C19 *2/*2' }], treatments: [{ code: '32968', display: 'clopidogrel' }] },
      ]);
    }
    expect(left.map((path) => existsSync(path))).toEqual([false, false, true]);
  });

  it.skipIf(!hasRealData).each(['pharmgkb_clinicalVariants_v1.tsv', 'pharmgkb_clinicalVariants_v2.tsv'])(
    'gives the rows of real %s',
    async (name) => {
      const path = realFile(`07_knowledge/pharmgkb_cpic/${name}`);
      const archive = await stored(`${name}.zip`, zip({ 'clinicalVariants.tsv': await readFile(path) }));
      await using given = await unzipped([archive]);
      const rows = await rowsOf(given.files);
      expect(rows.length).toBeGreaterThan(1000);
      expect(rows).toEqual(await rowsOf([path]));
    },
  );
});

describe('a bad archive', () => {
  it.each([
    [
      'holds nothing that is known',
      zip({ 'LICENSE.txt': 'shared alike' }),
      /holds no file that is known, but LICENSE\.txt/,
    ],
    ['is cut', zip({ 'a.tsv': ALLELES }).subarray(0, 150), /can't be unpacked/],
    [
      'has another content than its checksum says',
      zip({ 'a.tsv': ALLELES }, () => 1),
      /bad\.zip, a\.tsv can't be unpacked/,
    ],
    ['leads out of the folder', zip({ '../a.tsv': ALLELES }), /can't be unpacked/],
  ])('that %s is refused by name', async (_what, content, message) => {
    await expect(unzipped([await stored('bad.zip', content)])).rejects.toThrow(message);
  });
});
