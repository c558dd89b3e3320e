import { fileURLToPath } from 'node:url';
import type { Extension, Observation, ParametersParameter } from '@medplum/fhirtypes';
import { PHARMCAT } from '../../lib/knowledge/pharmcat/payload.ts';
import { findPharmcatRelease } from '../../lib/knowledge/pharmcat/release.ts';
import type { TemporaryArchive } from './archive.ts';
import { realFile } from './real-data.ts';

/** Loads PharmCAT's published definitions and phenotypes. */
export async function loadPharmcat({ knowledge }: TemporaryArchive): Promise<void> {
  const release = await findPharmcatRelease(realFile('08_pgx/pharmcat'));
  await knowledge.add({ source: PHARMCAT, release: 'published', ...release });
}

/** Loads the windows of both assemblies, and the chains between them, that the demo brings along. */
export async function loadDemoReference({ reference }: TemporaryArchive): Promise<void> {
  const demo = (name: string) => fileURLToPath(new URL(`../../demo/reference/${name}`, import.meta.url));
  for (const assembly of ['GRCh37', 'GRCh38'] as const) {
    const path = demo(`windows.${assembly.toLowerCase()}.fa`);
    await reference.add({ kind: 'sequences', path, assembly, format: 'fasta', release: 'demo', fallback: true });
  }
  for (const [from, to] of [
    ['GRCh37', 'GRCh38'],
    ['GRCh38', 'GRCh37'],
  ] as const) {
    const path = demo(`${from.toLowerCase()}-to-${to.toLowerCase()}.chain`);
    await reference.add({ kind: 'chains', path, from, to, release: 'demo', fallback: true });
  }
}

/** The genotypes of a group of an answer, without their gene, sorted; the outcomes of its tests when there is none. */
export function genotypesIn(group: ParametersParameter | undefined, gene: string): string {
  const genotypes = (group?.part ?? []).flatMap(({ name, resource }) =>
    name === 'genotype' ? [(resource as Observation).valueCodeableConcept?.text?.replace(`${gene} `, '') ?? ''] : [],
  );
  if (genotypes.length > 0) return genotypes.toSorted().join(' , ');
  return (group?.extension ?? []).map((reason) => partOf(reason, 'outcome')?.valueCode ?? '').join(' , ');
}

/** A part of an extension. */
export function partOf({ extension = [] }: Extension, url: string): Extension | undefined {
  return extension.find((part) => part.url === url);
}
