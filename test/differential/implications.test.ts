import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { readNeutral } from '../../lib/knowledge/neutral.ts';
import { readCivic } from '../../lib/knowledge/sources/pharmacogenomics.ts';
import { findSubjectDxImplications } from '../../lib/operations/find-subject-dx-implications.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { addChains } from '../support/chains.ts';
import { identifiersOf } from '../support/implications.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask, responseProblems } from '../support/response.ts';

const TRIO = '02_germline_single_trio_gvcf/giab_ashkenazim_trio.vcf.gz';
const CLINVAR = '07_knowledge/clinvar/clinvar_750.single';
const CIVIC = '07_knowledge/civic/civic_nightly_ClinicalEvidenceSummaries.tsv.gz';
const SAMPLE = 'HG002';

const linesOf = (path: string): readonly string[] => {
  const bytes = readFileSync(realFile(path));
  return (path.endsWith('gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n');
};

/** Rows of a tab-separated table by column. */
function tableOf(path: string): readonly ReadonlyMap<string, string>[] {
  const [head = '', ...lines] = linesOf(path);
  const names = head.split('\t');
  return lines.map((line) => new Map(line.split('\t').map((value, i) => [names[i] ?? '', value])));
}

/** An allele by its place and bases without what both alleles share; POS is 1-based. */
function keyOf(chromosome: string, position: number, ref: string, alt: string): string {
  let [start, from, to] = [position, ref, alt];
  while (from !== '' && to !== '' && from.at(-1) === to.at(-1)) [from, to] = [from.slice(0, -1), to.slice(0, -1)];
  while (from !== '' && to !== '' && from[0] === to[0]) [start, from, to] = [start + 1, from.slice(1), to.slice(1)];
  return `${chromosome}:${start}:${from}:${to}`;
}

/** Every allele that the sample carries, read from the VCF by its columns alone. */
function carried(): ReadonlySet<string> {
  const keys = new Set<string>();
  let column = -1;
  for (const line of linesOf(TRIO)) {
    if (line.startsWith('##')) continue;
    const values = line.split('\t');
    if (line.startsWith('#')) {
      column = values.indexOf(SAMPLE);
      continue;
    }
    const [chromosome = '', position, , ref = '', alt = '', , filter = ''] = values;
    const genotype = (values[column] ?? '').split(':')[0] ?? '';
    if (filter !== 'PASS' && filter !== '.') continue;
    const alts = alt.split(',');
    for (const index of new Set(genotype.split(/[/|]/).map(Number))) {
      const one = alts[index - 1];
      if (one !== undefined && /^[ACGT]+$/.test(one))
        keys.add(keyOf(chromosome.replace('chr', ''), Number(position), ref, one));
    }
  }
  return keys;
}

/** ClinVar's table as lines of neutral knowledge: places, classification, conditions by their cross-references. */
function neutralLines(assembly: 'b37' | 'b38'): readonly string[] {
  const accession = (chromosome: string): string => {
    const sequences = chromosomesOf(assembly === 'b37' ? 'GRCh37' : 'GRCh38');
    return sequences.find((one) => one.chromosome === chromosome)?.accession ?? '';
  };
  return tableOf(`${CLINVAR}.${assembly}.tsv.gz`).map((row) => {
    const get = (name: string): string => row.get(name) ?? '';
    const spdi = [accession(get('chrom')), Number(get('pos')) - 1, get('ref'), get('alt')].join(':');
    const medGen = [...new Set(get('xrefs').match(/MedGen:CN?\d+/g) ?? [])];
    return JSON.stringify({
      variants: [spdi],
      significance: { text: get('clinical_significance') },
      conditions: medGen.map((one) => ({ system: 'https://www.ncbi.nlm.nih.gov/medgen', code: one.slice(7) })),
      identifiers: [{ system: 'http://www.ncbi.nlm.nih.gov/clinvar', value: get('variation_id') }],
      source: 'ClinVar',
    });
  });
}

describe.skipIf(!hasRealData)('implications of HG002 are those of a plain comparison', () => {
  let local: TemporaryArchive;
  let folder: string;
  let alleles: ReadonlySet<string>;

  beforeAll(async () => {
    local = await temporaryArchive();
    folder = await mkdtemp(join(tmpdir(), 'implications-'));
    alleles = carried();
    await addChains(local);
    const { sequences } = await local.ports.reference();
    await ingest(
      {
        assembly: 'GRCh37',
        testId: 'exome',
        testDate: '2020-01-01',
        mode: 'create',
        inputs: [{ file: realFile(TRIO), subject: SAMPLE, sample: SAMPLE, sourceClass: 'germline' }],
      },
      local.archive,
      { sequences },
    );
  }, 120_000);
  afterAll(async () => {
    await local.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const importTable = async (assembly: 'b37' | 'b38') => {
    const path = join(folder, `${assembly}.jsonl`);
    await writeFile(path, neutralLines(assembly).join('\n'));
    return local.knowledge.add({
      source: 'clinvar',
      release: assembly,
      inputs: [path],
      async fill(sink) {
        for await (const rows of readNeutral(path, 'dx', sink.report)) await sink.rows(rows);
      },
    });
  };
  /** Variation ids that HG002 carries, by the table of its own assembly. */
  const expected = (passes: (row: ReadonlyMap<string, string>) => boolean = () => true): readonly string[] =>
    tableOf(`${CLINVAR}.b37.tsv.gz`)
      .filter((row) => {
        const get = (name: string): string => row.get(name) ?? '';
        return passes(row) && alleles.has(keyOf(get('chrom'), Number(get('pos')), get('ref'), get('alt')));
      })
      .map((row) => row.get('variation_id') ?? '')
      .toSorted();
  const everywhere = chromosomesOf('GRCh37')
    .filter(({ chromosome }) => chromosome !== 'MT' && chromosome !== 'MT-hg19')
    .map(({ accession, length }) => `${accession}:0-${length}`);
  const dx = async (input: object): Promise<readonly string[]> => {
    const body = await ask(findSubjectDxImplications, { subject: SAMPLE, ...input }, local.ports);
    expect(responseProblems('find-subject-dx-implications', body)).toEqual([]);
    return identifiersOf(body, 'http://www.ncbi.nlm.nih.gov/clinvar');
  };

  it('by range and by condition, on ClinVar of its own assembly', async () => {
    await importTable('b37');
    const all = expected();
    expect(all.length).toBeGreaterThan(10);
    expect(await dx({ ranges: everywhere })).toEqual(all);
    const conditions = new Set(neutralLines('b37').flatMap((line) => line.match(/"code":"(CN?\d+)"/g) ?? []));
    let found = 0;
    for (const one of [...conditions].slice(0, 60)) {
      const code = one.slice(8, -1);
      const ids = expected(
        (row) => (row.get('xrefs') ?? '').match(/MedGen:CN?\d+/g)?.includes(`MedGen:${code}`) ?? false,
      );
      expect(await dx({ conditions: [`https://www.ncbi.nlm.nih.gov/medgen|${code}`] }), code).toEqual(ids);
      found += ids.length;
    }
    expect(found).toBeGreaterThan(0);
  });

  it('on ClinVar of the other assembly, carried over', async () => {
    await importTable('b38');
    const both = new Set(tableOf(`${CLINVAR}.b38.tsv.gz`).map((row) => row.get('variation_id')));
    const known = expected((row) => both.has(row.get('variation_id')));
    expect(known.length).toBeGreaterThan(10);
    expect((await dx({ ranges: everywhere })).filter((id) => both.has(id))).toEqual(known);
  });

  it('for treatments, on CIViC', async () => {
    await local.knowledge.add({
      source: 'civic',
      release: 'nightly',
      inputs: [realFile(CIVIC)],
      fill: (sink) => readCivic([realFile(CIVIC)], sink),
    });
    const ids = tableOf(CIVIC)
      .filter((row) => {
        const get = (name: string): string => row.get(name) ?? '';
        const stated = get('evidence_direction') !== '' && get('clinical_significance') !== '';
        const predictive = get('evidence_status') === 'accepted' && get('evidence_type') === 'Predictive' && stated;
        const [ref, alt] = [get('reference_bases'), get('variant_bases')];
        return (
          predictive &&
          get('chromosome2') === '' &&
          get('drugs') !== '' &&
          ref.length === 1 &&
          alt.length === 1 &&
          alleles.has(keyOf(get('chromosome'), Number(get('start')), ref, alt))
        );
      })
      .map((row) => row.get('evidence_id') ?? '');
    expect(ids.length).toBeGreaterThan(0);
    const body = await ask(findSubjectTxImplications, { subject: SAMPLE, ranges: everywhere }, local.ports);
    expect(responseProblems('find-subject-tx-implications', body)).toEqual([]);
    expect(new Set(identifiersOf(body, 'https://civicdb.org/evidence'))).toEqual(new Set(ids));
  });
});
