import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Observation, Parameters } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assembly, sequencesOf } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

/** One published substitution: ClinVar's own names for it on a transcript and on GRCh38, and on GRCh37 if published. */
interface Published {
  readonly coding: string;
  readonly b38: Substitution;
  readonly b37: Substitution;
}

interface Substitution {
  readonly accession: string;
  /** 1-based. */
  readonly position: number;
  readonly ref: string;
  readonly alt: string;
}

/** Variants of one request. */
const BATCH = 40;

const SUBSTITUTION = /^(NC_0000\d\d\.\d+):g\.(\d+)([ACGT])>([ACGT])$/;

function substitution(text: string): Substitution | undefined {
  const [, accession, position, ref, alt] = SUBSTITUTION.exec(text) ?? [];
  if (accession === undefined || ref === undefined || alt === undefined) return undefined;
  return { accession, position: Number(position), ref, alt };
}

const text = (path: string): string => {
  const bytes = readFileSync(realFile(path));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

/**
 * Where a GRCh38 base lies in GRCh37 by Ensembl's chains, read here a second time and without an index; the archive
 * under test uses UCSC's. Undefined unless exactly one forward block holds it.
 */
function ensemblLift(): (chromosome: string, base0: number) => number | undefined {
  const blocks = new Map<string, { from: number; to: number; at: number }[]>();
  let [name, source, target, plain] = ['', 0, 0, false];
  for (const line of text('10_liftover_reference/GRCh38_to_GRCh37.ensembl.chain.gz').split('\n')) {
    const words = line.split(/\s+/);
    if (words[0] === 'chain') {
      [name, source, target] = [words[2] as string, Number(words[5]), Number(words[10])];
      plain = words[7] === name && words[9] === '+';
      if (!blocks.has(name)) blocks.set(name, []);
    } else if (words[0] !== '' && words[0] !== undefined) {
      const [size = 0, gap = 0, targetGap = 0] = words.map(Number);
      if (plain) blocks.get(name)?.push({ from: source, to: source + size, at: target });
      source += size + gap;
      target += size + targetGap;
    }
  }
  return (chromosome, base0) => {
    const found = (blocks.get(chromosome) ?? []).filter(({ from, to }) => from <= base0 && base0 < to);
    const [only] = found;
    return found.length === 1 && only !== undefined ? only.at + base0 - only.from : undefined;
  };
}

/** Substitutions of ClinVar whose transcript version is a MANE one; the other assembly's place as published or by Ensembl. */
function published(): Published[] {
  const mane = new Set(text('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz').match(/NM_\d+\.\d+/g));
  const lift = ensemblLift();
  const found = new Map<string, Published>();
  const add = (coding: string, b38: Substitution | undefined, b37: Substitution | undefined) => {
    if (b38 !== undefined && b37 !== undefined)
      found.set(`${b38.accession}:${b38.position}${b38.alt}`, { coding, b38, b37 });
  };
  const known = (name: string): boolean => mane.has(name.split(':')[0] as string);
  for (const line of text('11_hgvs_spdi_vrs/cdot_clinvar_hgvs_500.tsv').split('\n')) {
    const [genomic = '', coding = ''] = line.trim().split('\t');
    const b38 = substitution(genomic);
    if (b38 === undefined || !known(coding)) continue;
    const [sequence] = sequencesOf(b38.accession);
    const other = sequence && [...sequencesOf37(sequence.chromosome)][0];
    const base0 = sequence && lift(sequence.chromosome, b38.position - 1);
    if (other === undefined || base0 === undefined) continue;
    add(coding, b38, { ...b38, accession: other, position: base0 + 1 });
  }
  for (const line of text('11_hgvs_spdi_vrs/hgvs_clinvar.gz').split('\n')) {
    const names = (line.split('\t')[2] ?? '').split(' ');
    const coding = names.find((name) => name.startsWith('NM_') && known(name));
    if (coding === undefined) continue;
    const at = (assembly: Assembly) =>
      names.map(substitution).find((one) => one !== undefined && sequencesOf(one.accession)[0]?.assembly === assembly);
    add(coding, at('GRCh38'), at('GRCh37'));
  }
  return [...found.values()];
}

const sequencesOf37 = (chromosome: string): string[] =>
  ACCESSIONS_37.filter((accession) => sequencesOf(accession)[0]?.chromosome === chromosome);
const ACCESSIONS_37 = Array.from({ length: 24 }, (_, index) => `NC_0000${String(index + 1).padStart(2, '0')}`).flatMap(
  (stem) =>
    ['.8', '.9', '.10', '.11', '.13']
      .map((version) => stem + version)
      .filter((name) => sequencesOf(name)[0]?.assembly === 'GRCh37'),
);

describe.skipIf(!hasRealData)('published substitutions, asked in every notation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'notations-'));
  const cases = hasRealData ? published() : [];
  // operations.md section 3; the transcript version is the MANE one.
  const ldlr: Published = {
    coding: 'NM_000527.5:c.12G>A',
    b38: { accession: 'NC_000019.10', position: 11_089_560, ref: 'G', alt: 'A' },
    b37: { accession: 'NC_000019.9', position: 11_200_236, ref: 'G', alt: 'A' },
  };
  const all = [ldlr, ...cases];
  let archive: LocalArchive;

  beforeAll(async () => {
    archive = await openLocalArchive(join(folder, 'data'));
    const chain = (from: Assembly, to: Assembly, file: string) =>
      archive.reference.add({ kind: 'chains', path: realFile(`10_liftover_reference/${file}`), from, to });
    await chain('GRCh37', 'GRCh38', 'hg19ToHg38.over.chain.gz');
    await chain('GRCh38', 'GRCh37', 'hg38ToHg19.over.chain.gz');
    await archive.reference.add({
      kind: 'transcripts',
      path: realFile('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz'),
    });
    for (const [subject, assembly, key] of [
      ['on-37', 'GRCh37', 'b37'],
      ['on-38', 'GRCh38', 'b38'],
    ] as const) {
      const file = join(folder, `${subject}.vcf`);
      writeFileSync(file, vcf(all.map((one) => one[key])));
      await ingest(
        {
          assembly,
          testId: subject,
          testDate: '2024-01-01',
          mode: 'create',
          inputs: [{ file, subject, sourceClass: 'germline' }],
        },
        archive.archive,
      );
    }
  });

  afterAll(async () => {
    await archive.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Record found under each name of a variant: `accession:start-end ref>alt`. */
  async function ask(subject: string, variants: readonly string[]): Promise<(string | undefined)[]> {
    const prepared = await findSubjectSpecificVariants.prepare({ subject, variants }, archive.ports);
    let body = '';
    for await (const piece of prepared.run()) body += piece;
    const groups = (JSON.parse(body) as Parameters).parameter ?? [];
    expect(groups).toHaveLength(variants.length);
    return groups.map(({ part = [] }) => {
      const records = part
        .filter(({ name }) => name === 'variant')
        .map(({ resource }) => recordOf(resource as Observation));
      expect(records.length).toBeLessThanOrEqual(1);
      return records[0];
    });
  }

  it('finds at least 200 of them, and LDLR c.12G>A, under five names in studies of both assemblies', async () => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
    const missed: string[] = [];
    for (const [subject, key] of [
      ['on-37', 'b37'],
      ['on-38', 'b38'],
    ] as const) {
      for (let first = 0; first < all.length; first += BATCH) {
        const batch = all.slice(first, first + BATCH).map((one) => ({
          names: [one.coding, ...[one.b37, one.b38].flatMap((at) => [genomic(at), spdi(at)])],
          expected: `${one[key].accession}:${one[key].position - 1} ${one[key].ref}>${one[key].alt}`,
        }));
        const found = await ask(
          subject,
          batch.flatMap(({ names }) => names),
        );
        for (const { names, expected } of batch) {
          for (const name of names) {
            const record = found.shift();
            if (record !== expected) missed.push(`${subject}: ${name} gave ${record}, not ${expected}`);
          }
        }
      }
    }
    console.log(`${all.length} substitutions x 5 names x 2 assemblies asked; ${missed.length} missed`);
    expect(missed).toEqual([]);
  }, 300_000);

  it('takes the other published names of LDLR c.12G>A for the same variant', async () => {
    expect(await ask('on-38', ['NC_000019.10:11089559:1:A', 'NC_000019.9:g.11200236G>A'])).toEqual([
      'NC_000019.10:11089559 G>A',
      'NC_000019.10:11089559 G>A',
    ]);
  });
});

const genomic = ({ accession, position, ref, alt }: Substitution): string => `${accession}:g.${position}${ref}>${alt}`;
const spdi = ({ accession, position, ref, alt }: Substitution): string => `${accession}:${position - 1}:${ref}:${alt}`;

function recordOf(observation: Observation): string {
  const component = (code: string) => observation.component?.find(({ code: { coding } }) => coding?.[0]?.code === code);
  const accession = component('48013-7')?.valueCodeableConcept?.coding?.[0]?.code;
  const { low } = component('81254-5')?.valueRange ?? {};
  return `${accession}:${low?.value} ${component('69547-8')?.valueString}>${component('69551-0')?.valueString}`;
}

function vcf(alleles: readonly Substitution[]): string {
  const sorted = alleles.toSorted((a, b) => a.accession.localeCompare(b.accession) || a.position - b.position);
  const rows = sorted.map(
    ({ accession, position, ref, alt }) => `${accession}\t${position}\t.\t${ref}\t${alt}\t.\tPASS\t.\tGT\t0/1`,
  );
  const header = ['##fileformat=VCFv4.3', '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">'];
  return `${[...header, '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts', ...rows].join('\n')}\n`;
}
