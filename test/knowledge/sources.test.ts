import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { type ClinvarOptions, readClinvar } from '../../lib/knowledge/sources/clinvar.ts';
import { readCivic, readCpic, readPharmGkb } from '../../lib/knowledge/sources/pharmacogenomics.ts';
import { filesOf } from '../../lib/knowledge/sources/recognise.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';

let local: TemporaryArchive;
let folder: string;
beforeAll(async () => {
  local = await temporaryArchive();
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
});
afterAll(async () => {
  await local.remove();
  await rm(folder, { recursive: true, force: true });
});

const file = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content);
  return path;
};
const info = (significance: string): string =>
  `ALLELEID=1;CLNSIG=${significance};CLNREVSTAT=criteria_provided,_single_submitter;CLNDN=Condition;CLNDISDB=OMIM:1`;
const vcf = (...records: readonly string[]): string =>
  ['##fileformat=VCFv4.1', '##reference=GRCh38', '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO', ...records, ''].join(
    '\n',
  );
const SUBMISSIONS = [
  '##Overview of interpretation, phenotypes, observations, and methods reported in each current submission',
  '#VariationID\tClinicalSignificance\tDateLastEvaluated\tDescription\tSubmittedPhenotypeInfo\tReportedPhenotypeInfo\tReviewStatus\tCollectionMethod\tOriginCounts\tSubmitter\tSCV',
  '77\tPathogenic\t-\t-\t-\tC0000001:Condition\tno assertion criteria provided\t-\t-\tOne\tSCV1.1',
  '77\tBenign\t-\t-\t-\tC0000001:Condition\tcriteria provided, single submitter\t-\t-\tTwo\tSCV2.1',
  '99\tBenign\t-\t-\t-\tC0000001:Condition\tcriteria provided, single submitter\t-\t-\tTwo\tSCV3.1',
  '',
].join('\n');

async function importClinvar(release: string, paths: readonly string[], statements: ClinvarOptions['statements']) {
  const added = await local.knowledge.add({
    source: 'clinvar',
    release,
    inputs: paths,
    options: [statements],
    fill: (sink) => readClinvar(paths, sink, { statements }),
  });
  const known = await (await local.ports.knowledge()).about('dx', {});
  const place = { chromosome: '1', start0: interbase(1_000_000), end0: interbase(1_000_001), slides: false } as const;
  const alleles = await known.at('GRCh38', [place]);
  const read = await known.read(alleles.map(({ statement }) => statement));
  return {
    added,
    told: [...read.values()].map(({ row }) => row.identifiers.map(({ value }) => value).join()).toSorted(),
  };
}

describe('ClinVar', () => {
  it('gives an aggregate for each variant, a statement for each submission, or both', async () => {
    const variants = await file('clinvar.vcf.gz', vcf(`1\t1000001\t77\tA\tG\t.\t.\t${info('Conflicting')}`));
    const submissions = await file('submission_summary.txt', SUBMISSIONS);
    const both = [submissions, variants];
    expect((await importClinvar('a', both, 'aggregates')).told).toEqual(['77']);
    expect((await importClinvar('s', both, 'submissions')).told).toEqual(['SCV1.1,77', 'SCV2.1,77']);
    const { added, told } = await importClinvar('b', both, 'all');
    expect(told).toEqual(['77', 'SCV1.1,77', 'SCV2.1,77']);
    expect(added.release.unusable).toMatchObject({ 'variant is in none of the files': 1 });
    expect(added.release.statements.dx).toBe(4);
  });

  it('says which file is missing, and which is none of its own', async () => {
    const variants = await file('only.vcf', vcf());
    const submissions = await file('only.txt', SUBMISSIONS);
    await expect(importClinvar('x', [variants], 'submissions')).rejects.toThrow(/submission_summary\.txt; name it too/);
    await expect(importClinvar('x', [submissions], 'all')).rejects.toThrow(/does not say where variants lie/);
    const other = await file('other.tsv', 'gene\tname\nX\tY\n');
    await expect(importClinvar('x', [other], 'all')).rejects.toThrow(/other\.tsv can't be used for clinvar/);
    await expect(importClinvar('x', [variants], 'all')).rejects.toThrow(/only\.vcf: nothing in it can be used/);
    const broken = await file('broken.vcf', vcf('1\tx\t77\tA\tG\t.\t.\tCLNSIG=Benign'));
    await expect(importClinvar('x', [broken], 'all')).rejects.toThrow(/broken\.vcf, line 4/);
    expect((await local.knowledge.list()).map(({ release }) => release)).toEqual(['b', 's', 'a']);
  });
});

describe('the other sources', () => {
  it('ask for the file that carries the statements', async () => {
    const drugs = await file('drugs.tsv', 'PharmGKB Accession Id\tName\tCross-references\nPA1\tx\t\n');
    const sink = { source: 's', release: 'r', inputs: [drugs] };
    await expect(local.knowledge.add({ ...sink, fill: (to) => readCivic([drugs], to) })).rejects.toThrow(
      /ClinicalEvidenceSummaries/,
    );
    await expect(local.knowledge.add({ ...sink, fill: (to) => readCpic([drugs], to) })).rejects.toThrow(
      /guideline annotations/,
    );
    await expect(local.knowledge.add({ ...sink, fill: (to) => readPharmGkb([drugs], to) })).rejects.toThrow(
      /nothing in it/,
    );
    await expect(filesOf([join(folder, 'absent')])).rejects.toThrow(/there is no file/);
  });
});
