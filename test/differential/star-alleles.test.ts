import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { findSubjectHaplotypes } from '../../lib/operations/find-subject-haplotypes.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask, responseProblems } from '../support/response.ts';
import { genotypesIn, loadDemoReference, loadPharmcat } from '../support/star-alleles.ts';

// The table of the pure part, whose columns hold for the whole way from the file to the answer as well.
const ROWS = readFileSync(new URL('../genomics/star-allele/published-calls.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .slice(1)
  .map((line) => {
    const [file = '', gene = '', stated = '', asItStands = '', absentAsReference = ''] = line.split('\t');
    return { file, gene, stated, asItStands, absentAsReference };
  });

let archive: TemporaryArchive;
let everything: string;
beforeAll(async () => {
  if (!hasRealData) return;
  archive = await temporaryArchive();
  await loadPharmcat(archive);
  await loadDemoReference(archive);
  everything = join(archive.folder, 'everything.bed');
  await writeFile(
    everything,
    chromosomesOf('GRCh38')
      .map(({ chromosome, length }) => `${chromosome}\t0\t${length}\n`)
      .join(''),
  );
});
afterAll(() => archive?.remove());

/**
 * The file as the archive takes it: some of PharmCAT's are not sorted, and some leave a field empty where VCF has a dot.
 * No record is added, left out or otherwise changed.
 */
async function prepared(file: string): Promise<string> {
  const lines = readFileSync(realFile(file), 'utf8').trimEnd().split('\n');
  const records = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split('\t').map((field) => (field === '' ? '.' : field)))
    .toSorted(([a = '', from], [b = '', to]) => a.localeCompare(b) || Number(from) - Number(to));
  const path = join(archive.folder, basename(file));
  const header = lines.filter((line) => line.startsWith('#'));
  await writeFile(path, `${[...header, ...records.map((fields) => fields.join('\t'))].join('\n')}\n`);
  return path;
}

async function called(file: string, gene: string, studied?: string): Promise<string> {
  const subject = `${file.replace(/[^A-Za-z0-9]/g, '-')}${studied === undefined ? '' : '-all'}`.slice(-60);
  const { sequences } = await archive.ports.reference();
  await ingest(
    {
      assembly: 'GRCh38',
      testId: 'panel',
      testDate: '2024-01-01',
      mode: 'create',
      inputs: [
        { file: await prepared(file), subject, sourceClass: 'germline', ...(studied === undefined ? {} : { studied }) },
      ],
    },
    archive.archive,
    { sequences },
  );
  const body = await ask(findSubjectHaplotypes, { subject, genes: [gene] }, archive.ports);
  expect(responseProblems('find-subject-haplotypes', body)).toEqual([]);
  return genotypesIn(body.parameter?.[0], gene);
}

describe.runIf(hasRealData)("PharmCAT's own test VCFs, ingested and asked", () => {
  it.each(ROWS)('$file', async ({ file, gene, asItStands, absentAsReference }) => {
    const path = `08_pgx/pharmcat/test/haplotype/${file}`;
    console.log(
      [file, gene, asItStands, await called(path, gene), absentAsReference, await called(path, gene, everything)].join(
        '\t',
      ),
    );
  });
});
