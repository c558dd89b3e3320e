import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import { chromosomeNamed } from '../../lib/genomics/assembly.ts';

const ROOT = new URL('../../', import.meta.url);

/** Path of a file of the demo cohort. */
export function demoPath(name: string): string {
  return fileURLToPath(new URL(`demo/${name}`, ROOT));
}

/** Text of a file of the demo cohort. */
export function demoText(name: string): string {
  return readFileSync(demoPath(name), 'utf8');
}

/** Text of the page that describes the cohort. */
export function demoPage(): string {
  return readFileSync(new URL('docs/demo.md', ROOT), 'utf8');
}

/** Names of all files of the demo cohort. */
export const DEMO_FILES: readonly string[] = readdirSync(new URL('demo/', ROOT)).sort();

/** Rows of a CSV with a header line, as records; a field in double quotes may hold commas. */
export function csvRows(text: string): Record<string, string>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const fields = [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
    if (fields.length !== names.length)
      throw new Error(`${fields.length} fields where ${names.length} are named: ${line}`);
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}

/** One line of `demo/manifest.csv`. */
export const MANIFEST = csvRows(demoText('manifest.csv'));

/** One record of a demo VCF; `position` as in VCF, chromosome without `chr`. */
interface DemoRecord {
  readonly file: string;
  readonly assembly: Assembly;
  readonly chromosome: string;
  readonly position: number;
  readonly id: string;
  readonly ref: string;
  readonly alts: readonly string[];
  readonly info: ReadonlyMap<string, string>;
  readonly fields: readonly string[];
}

/** Assembly that the manifest gives a VCF. */
export function assemblyOf(file: string): Assembly {
  const assembly = MANIFEST.find((row) => row['file'] === file)?.['assembly'];
  if (assembly === 'GRCh37' || assembly === 'GRCh38') return assembly;
  throw new Error(`the manifest gives ${file} no assembly`);
}

/** All records of a demo VCF, in file order. */
export function recordsOf(file: string): DemoRecord[] {
  const assembly = assemblyOf(file);
  const lines = demoText(file).trimEnd().split('\n');
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const fields = line.split('\t');
      const [contig = '', position = '', id = '', ref = '', alt = '', , , info = ''] = fields;
      const pairs = info.split(';').map((entry) => entry.split('=', 2));
      return {
        file,
        assembly,
        chromosome: chromosomeNamed(assembly, contig) ?? contig,
        position: Number(position),
        id,
        ref,
        alts: alt.split(','),
        info: new Map(pairs.map(([key = '', value = '']) => [key, value])),
        fields,
      };
    });
}

/** `chromosome-position-REF-ALT`, without the bases that REF and ALT share at their ends; the first base stays. */
export function alleleName(chromosome: string, position: number | string, ref: string, alt: string): string {
  let shared = 0;
  while (shared < Math.min(ref.length, alt.length) - 1 && ref.at(-1 - shared) === alt.at(-1 - shared)) shared++;
  return [chromosome, position, ref.slice(0, ref.length - shared), alt.slice(0, alt.length - shared)].join('-');
}

/** Alleles of a record that are stated as bases. */
export function preciseAlleles({ chromosome, position, ref, alts }: DemoRecord): string[] {
  return alts.filter((alt) => /^[ACGT]+$/.test(alt)).map((alt) => alleleName(chromosome, position, ref, alt));
}
