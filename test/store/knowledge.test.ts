import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { ConflictError, InvalidInputError, UnavailableError } from '../../lib/genomics/errors.ts';
import type { KnowledgeAddition } from '../../lib/store/knowledge-archive.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { storeKnowledge } from '../support/store-knowledge.ts';

let local: TemporaryArchive;
let files: string;
beforeAll(async () => {
  local = await temporaryArchive();
  files = await mkdtemp(join(tmpdir(), 'knowledge-files-'));
  await writeFile(join(files, 'definitions.json'), '{}');
});
afterAll(async () => {
  await local.remove();
  await rm(files, { recursive: true, force: true });
});

const V600E = 'NC_000007.14:140753335:A:T';
const statement = (text: string, more: object = {}) => ({
  variants: [V600E],
  significance: { text },
  conditions: [{ system: 'http://www.omim.org', code: '155600', display: 'Melanoma' }],
  source: 'test',
  ...more,
});

const dx = (release: string, lines: readonly object[], more: Partial<KnowledgeAddition> = {}) =>
  storeKnowledge(local, 'dx', release, lines, { source: 'lab', ...more });

const place = { chromosome: '7', start0: interbase(140_753_335), end0: interbase(140_753_336), slides: false } as const;

describe('what variants do', () => {
  it('is found by where it lies, and read whole', async () => {
    const fact = {
      transcript: 'NM_1.1',
      consequences: ['SO:0001583'],
      functionalEffects: ['SO:0002053'],
      source: 'Lab',
    };
    await storeKnowledge(local, 'mc', 'm1', [
      { variant: V600E, ...fact },
      { variant: 'NC_000007.14:140753400:AC:', ...fact },
      { variant: 'NC_000007.14:141000000:A:C', ...fact },
      { variant: 'NC_000008.11:140753335:A:T', ...fact },
    ]);
    const statements = await (await local.ports.knowledge()).about('mc', {});
    const within = async (start0: number, end0: number) => {
      const stretch = { index: 0, chromosome: '7', start0: interbase(start0), end0: interbase(end0) } as const;
      const found = await statements.within('GRCh38', [stretch]);
      return found.map((one) => one.start0).toSorted((a, b) => a - b);
    };
    expect(await within(140_753_335, 140_753_336)).toEqual([140_753_335, 140_753_400]);
    expect(await within(140_990_000, 142_000_000)).toEqual([141_000_000]);
    expect(await within(130_000_000, 130_001_000)).toEqual([]);
    const [allele] = await statements.at('GRCh38', [place]);
    expect([...(await statements.read([allele?.statement ?? ''])).values()]).toMatchObject([
      { source: 'table-mc', release: 'm1', row: { kind: 'mc', ...fact, identifiers: [] } },
    ]);
    await local.knowledge.remove('table-mc', 'm1');
  });
});

async function told(filter = {}): Promise<readonly string[]> {
  const statements = await (await local.ports.knowledge()).about('dx', filter);
  const alleles = await statements.at('GRCh38', [place]);
  const read = await statements.read(alleles.map((one) => one.statement));
  return [...read.values()].map(
    ({ release, row }) => `${release} ${'significance' in row ? row.significance.text : ''}`,
  );
}

describe('releases of a source', () => {
  it('lie side by side; the newest answers until another is chosen', async () => {
    expect((await local.ports.knowledge()).release).toBe('');
    expect((await dx('r1', [statement('Pathogenic')])).status).toBe('added');
    const first = (await local.ports.knowledge()).release;
    expect(await told()).toEqual(['r1 Pathogenic']);
    await dx('r2', [statement('Benign'), statement('other', { variants: ['NC_000001.11:100:A:C'] })]);
    expect((await local.ports.knowledge()).release).not.toBe(first);
    expect(await told()).toEqual(['r2 Benign']);
    await local.knowledge.activate('lab', 'r1');
    expect((await local.ports.knowledge()).release).toBe(first);
    expect(await told()).toEqual(['r1 Pathogenic']);
    expect(
      (await dx('r2', [statement('Benign'), statement('other', { variants: ['NC_000001.11:100:A:C'] })])).status,
    ).toBe('unchanged');
    expect(await told()).toEqual(['r2 Benign']);
    await expect(dx('r2', [statement('Uncertain')])).rejects.toThrow(ConflictError);
    await expect(local.knowledge.remove('lab', 'r2')).rejects.toThrow(/answers at the moment/);
    await local.knowledge.remove('lab', 'r1');
    expect((await local.knowledge.list()).map(({ release }) => release)).toEqual(['r2']);
  });

  it('do not change when an import fails', async () => {
    const before = await local.knowledge.list();
    await expect(dx('r3', [statement('fine'), { variants: ['nonsense'] }])).rejects.toThrow(/r3\.jsonl, line 2/);
    await expect(dx('r3', [statement('x', { variants: ['NC_000001.99:1:A:C'] })])).rejects.toThrow(InvalidInputError);
    await expect(dx('no slash', [statement('fine')])).rejects.toThrow(/not a release name/);
    expect(await local.knowledge.list()).toEqual(before);
  });

  it('of the demo step back behind any other', async () => {
    await dx('demo', [statement('Demo')], { source: 'shown', fallback: true });
    expect(await told()).toEqual(['r2 Benign', 'demo Demo']);
    await dx('real', [statement('Real')], { source: 'shown' });
    expect(await told()).toEqual(['r2 Benign', 'real Real']);
    expect((await dx('demo', [statement('Demo')], { source: 'shown', fallback: true })).status).toBe('unchanged');
    expect(await told()).toEqual(['r2 Benign', 'real Real']);
    await local.knowledge.remove('shown', 'real');
    await local.knowledge.remove('shown', 'demo');
  });
});

describe('conditions', () => {
  it('are found by code and system, by an older system, and by a word in any case', async () => {
    await dx('r4', [statement('Pathogenic')]);
    const by = (system: string | undefined, code: string) =>
      told({ conditions: [system === undefined ? { code } : { system, code }] });
    expect(await by('http://www.omim.org', '155600')).toEqual(['r4 Pathogenic']);
    expect(await by('https://omim.org', '155600')).toEqual(['r4 Pathogenic']);
    expect(await by(undefined, 'melanoma')).toEqual(['r4 Pathogenic']);
    expect(await by(undefined, '155600')).toEqual(['r4 Pathogenic']);
    expect(await by('http://www.omim.org', '15560')).toEqual([]);
    expect(await by('http://snomed.info/sct', '155600')).toEqual([]);
    expect(await by(undefined, 'melanom')).toEqual([]);
  });
});

describe('payloads', () => {
  it('come back as they were stored, of the release that answers', async () => {
    const add = (release: string, value: unknown) =>
      local.knowledge.add({
        source: 'definitions',
        release,
        inputs: [join(files, 'definitions.json')],
        options: [release],
        async fill(sink) {
          sink.payload('CYP2C19', value);
        },
      });
    await add('d1', { alleles: ['*1'] });
    const knowledge = await local.ports.knowledge();
    expect(await knowledge.payloads('definitions')).toEqual(['CYP2C19']);
    expect(await knowledge.payload('definitions', 'CYP2C19')).toEqual({ alleles: ['*1'] });
    expect(await knowledge.payload('definitions', 'TPMT')).toBeUndefined();
    expect(await knowledge.payload('nothing', 'CYP2C19')).toBeUndefined();
    await add('d2', { alleles: ['*1', '*2'] });
    expect(await (await local.ports.knowledge()).payload('definitions', 'CYP2C19')).toEqual({ alleles: ['*1', '*2'] });
  });
});

describe('housekeeping', () => {
  it('verifies the files of every release and removes those of none', async () => {
    expect((await local.admin.verify()).problems).toEqual([]);
    await local.knowledge.remove('definitions', 'd1');
    const [removed] = [await local.admin.sweep({ olderThanHours: 0 })];
    expect(removed.objects).toBeGreaterThan(0);
    expect((await local.admin.verify()).problems).toEqual([]);
    expect(await told()).toEqual(['r4 Pathogenic']);
  });

  it('never answers from a file that is gone', async () => {
    await dx('r5', [statement('Gone')]);
    await rm(join(local.folder, 'objects', 'knowledge', 'lab', 'r5'), { recursive: true });
    await expect(told()).rejects.toThrow(UnavailableError);
    expect((await local.admin.verify()).problems.length).toBeGreaterThan(0);
  });
});
