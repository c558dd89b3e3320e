import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InvalidInputError, NotFoundError } from '../../genomics/errors.ts';
import type { GeneDefinition } from '../../genomics/star-allele/definition.ts';
import { CALLABLE_GENES } from '../../genomics/star-allele/genes.ts';
import type { PhenotypeTable } from '../../genomics/star-allele/phenotype.ts';
import type { ReleaseSink } from '../release/stage-rows.ts';
import { readDefinition } from './definition.ts';
import { payloadName, toPayload } from './payload.ts';
import { readPhenotypes } from './phenotype.ts';

/** Files of a release, and what puts their content into the archive. */
export interface PharmcatRelease {
  readonly inputs: readonly string[];
  fill(sink: Pick<ReleaseSink, 'payload'>): Promise<void>;
}

const DEFINITION = /^(.+)_translation\.json(?:\.gz)?$/;
const PHENOTYPE = /\.json(?:\.gz)?$/;

/**
 * Finds the allele definitions and phenotype tables of a PharmCAT release: `definition/alleles/GENE_translation.json`
 * and `phenotype/GENE.json` below its folder, gzipped or not. Definitions of genes that are not called from small
 * variants are left out.
 *
 * @throws NotFoundError when the folder has no definitions
 */
export async function findPharmcatRelease(folder: string): Promise<PharmcatRelease> {
  const definitions = (await namesIn(join(folder, 'definition', 'alleles'))).filter((name) =>
    CALLABLE_GENES.has(DEFINITION.exec(name)?.[1] ?? ''),
  );
  const phenotypes = (await namesIn(join(folder, 'phenotype'))).filter((name) => PHENOTYPE.test(name));
  if (definitions.length === 0) {
    throw new NotFoundError(`${folder} has no definition/alleles/GENE_translation.json of a gene that is called`);
  }
  const definitionFiles = definitions.map((name) => join(folder, 'definition', 'alleles', name));
  const phenotypeFiles = phenotypes.map((name) => join(folder, 'phenotype', name));
  return {
    inputs: [...definitionFiles, ...phenotypeFiles],
    async fill(sink) {
      const defined = await readAll(definitionFiles, readDefinition);
      const meaning = await readAll(phenotypeFiles, readPhenotypes);
      for (const definition of defined.values()) checkActivity(definition, meaning.get(definition.gene));
      for (const gene of new Set([...defined.keys(), ...meaning.keys()])) {
        const [definition, table] = [defined.get(gene), meaning.get(gene)];
        const known = { ...(definition && { definition }), ...(table && { phenotypes: table }) };
        sink.payload(payloadName(gene), toPayload(known));
      }
    },
  };
}

/** A rule that ranks alleles by activity needs a value of every one. */
function checkActivity(definition: GeneDefinition, phenotypes: PhenotypeTable | undefined): void {
  if (CALLABLE_GENES.get(definition.gene)?.rule !== 'lowest-function') return;
  const without = definition.alleles.find(({ reportedAs }) => phenotypes?.activity.get(reportedAs) === undefined);
  if (without === undefined) return;
  throw new InvalidInputError(
    `phenotype/${definition.gene}.json gives ${without.reportedAs} no activity value, which calling ${definition.gene} needs`,
  );
}

async function readAll<T extends { readonly gene: string }>(
  files: readonly string[],
  read: (text: string, name: string) => T,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  for (const file of files) {
    const bytes = await readFile(file);
    const one = read((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(), basename(file));
    if (found.has(one.gene)) throw new InvalidInputError(`${basename(file)}: ${one.gene} has a file already`);
    found.set(one.gene, one);
  }
  return found;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    throw new NotFoundError(
      `${folder} cannot be read; name the folder that holds definition and phenotype`,
      undefined,
      {
        cause,
      },
    );
  }
}
