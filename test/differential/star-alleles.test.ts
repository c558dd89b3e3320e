import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Observation } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { CALLABLE_GENES } from '../../lib/genomics/star-allele/genes.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { findSubjectHaplotypes } from '../../lib/operations/find-subject-haplotypes.ts';
import { PUBLISHED_CALLS } from '../genomics/star-allele/pharmcat-files.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask, responseProblems } from '../support/response.ts';
import { genotypesIn, loadDemoReference, loadPharmcat } from '../support/star-alleles.ts';

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

async function answered(file: string, genes: readonly string[], studied?: string) {
  const subject = `${file.replace(/[^A-Za-z0-9]/g, '-')}${studied === undefined ? '' : '-all'}`.slice(-60);
  const { sequences } = await archive.ports.reference();
  const input = { file: await prepared(file), subject, sourceClass: 'germline', ...(studied && { studied }) } as const;
  const test = { assembly: 'GRCh38', testId: 'panel', testDate: '2024-01-01', mode: 'create' } as const;
  await ingest({ ...test, inputs: [input] }, archive.archive, { sequences });
  const body = await ask(findSubjectHaplotypes, { subject, genes }, archive.ports);
  expect(responseProblems('find-subject-haplotypes', body)).toEqual([]);
  return body.parameter ?? [];
}

async function called(file: string, gene: string, studied?: string): Promise<string> {
  return genotypesIn((await answered(file, [gene], studied))[0], gene);
}

const SLOW = 60_000;

describe.runIf(hasRealData)("PharmCAT's own test VCFs, ingested and asked", () => {
  const tally = { files: PUBLISHED_CALLS.length, asStated: 0, undetermined: 0, asStatedWhenStudied: 0 };

  // The table of the pure part, whose columns hold for the whole way from the file to the answer as well.
  it.each(PUBLISHED_CALLS)(
    '$file',
    async ({ file, gene, stated, asItStands, absentAsReference, rule }) => {
      const path = `08_pgx/pharmcat/test/haplotype/${file}`;
      const strict = await called(path, gene);
      const complete = await called(path, gene, everything);
      // The archive knows that the deleted base was called, however the file anchors the deletion.
      expect([strict, complete]).toEqual([rule === 'other-spelling' ? stated : asItStands, absentAsReference]);
      const expected = stated === 'none' ? 'unmatched' : stated;
      if (strict === expected) tally.asStated++;
      if (strict === 'undetermined') tally.undetermined++;
      if (complete === expected) tally.asStatedWhenStudied++;
    },
    SLOW,
  );

  it('are counted', () => {
    console.info(`star alleles of PharmCAT's test VCFs, as the operation answers: ${JSON.stringify(tally)}`);
    expect(tally).toEqual({ files: 69, asStated: 35, undetermined: 31, asStatedWhenStudied: 58 });
  });
});

interface Report {
  readonly genes: Readonly<
    Record<
      string,
      { readonly sourceDiplotypes: readonly { readonly label: string; readonly phenotypes: readonly string[] }[] }
    >
  >;
}

describe.runIf(hasRealData).each(['pharmcat.example', 'pharmcat.example2'])("PharmCAT's report of %s.vcf", (name) => {
  it(
    'has the same diplotypes and phenotypes',
    async () => {
      const text = gunzipSync(readFileSync(realFile(`08_pgx/pharmcat/examples/${name}.report.json.gz`))).toString();
      const { genes } = JSON.parse(text) as Report;
      const asked = [...CALLABLE_GENES.keys()];
      const groups = await answered(`08_pgx/pharmcat/examples/${name}.vcf`, asked);
      for (const [place, gene] of asked.entries()) {
        const { label, phenotypes } = genes[gene]?.sourceDiplotypes[0] ?? { label: '', phenotypes: [] };
        const group = groups[place];
        const interpretation = group?.part?.find((part) => part.name === 'genotype')?.resource as
          | Observation
          | undefined;
        expect([genotypesIn(group, gene), interpretation?.interpretation?.map(({ text }) => text) ?? []]).toEqual([
          label,
          phenotypes.filter((phenotype) => phenotype !== 'n/a'),
        ]);
      }
    },
    SLOW,
  );
});
