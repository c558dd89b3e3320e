import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLABLE_GENES } from '../../lib/genomics/star-allele/genes.ts';
import { fromPayload, type GenePayload, payloadName } from '../../lib/knowledge/pharmcat/payload.ts';
import { findPharmcatRelease } from '../../lib/knowledge/pharmcat/release.ts';
import { definitionOf, phenotypesOf } from '../genomics/star-allele/pharmcat-files.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

async function payloadsOf(folder: string): Promise<ReadonlyMap<string, GenePayload>> {
  const payloads = new Map<string, GenePayload>();
  const { fill } = await findPharmcatRelease(folder);
  // As a payload is stored and read again.
  await fill({ payload: (name, value) => payloads.set(name, JSON.parse(JSON.stringify(value)) as GenePayload) });
  return payloads;
}

describe.runIf(hasRealData)("PharmCAT's release as knowledge", () => {
  let copy: string;
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'pharmcat-'));
    await cp(realFile('08_pgx/pharmcat/definition'), join(copy, 'definition'), { recursive: true });
    await cp(realFile('08_pgx/pharmcat/phenotype'), join(copy, 'phenotype'), { recursive: true });
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('keeps every definition and phenotype as it was read', async () => {
    const payloads = await payloadsOf(copy);
    for (const gene of CALLABLE_GENES.keys()) {
      const known = fromPayload(payloads.get(payloadName(gene)) ?? {});
      expect([gene, known.definition]).toEqual([gene, definitionOf(gene)]);
      if (gene !== 'CYP4F2') expect([gene, known.phenotypes]).toEqual([gene, phenotypesOf(gene)]);
    }
    // Not called, but what an imported genotype means.
    expect(fromPayload(payloads.get(payloadName('CYP2B6')) ?? {})).toMatchObject({ phenotypes: { gene: 'CYP2B6' } });
    expect(fromPayload(payloads.get(payloadName('CYP2B6')) ?? {}).definition).toBeUndefined();
  });

  it('is refused without definitions, and where the alleles of DPYD have no activity', async () => {
    await expect(findPharmcatRelease(join(copy, 'phenotype'))).rejects.toThrow(/cannot be read; name the folder/);
    await rm(join(copy, 'phenotype', 'DPYD.json.gz'));
    await expect(payloadsOf(copy)).rejects.toThrow(/DPYD.json gives .* no activity value/);
  });
});
