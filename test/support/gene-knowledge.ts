import { readFileSync } from 'node:fs';
import type { GeneDefinition } from '../../lib/genomics/star-allele/definition.ts';
import { readDefinition } from '../../lib/knowledge/pharmcat/definition.ts';
import { type GeneKnowledge, PHARMCAT, payloadName, toPayload } from '../../lib/knowledge/pharmcat/payload.ts';
import { readPhenotypes } from '../../lib/knowledge/pharmcat/phenotype.ts';
import type { Knowledge } from '../../lib/operations/ports.ts';
import { noKnowledge } from './memory-knowledge.ts';

/** Knowledge of nothing but payloads: by source, then by name, as they come out of JSON. */
export function payloadKnowledge(sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Knowledge {
  const stored = JSON.parse(JSON.stringify(sources)) as typeof sources;
  return {
    ...noKnowledge,
    release: Object.keys(sources).join(' + '),
    payloads: async (source) => Object.keys(stored[source] ?? {}),
    payload: async (source, name) => stored[source]?.[name],
  };
}

/** Knowledge of some genes' alleles. */
export function geneKnowledge(genes: Readonly<Record<string, GeneKnowledge>>): Knowledge {
  const payloads = Object.entries(genes).map(([gene, known]) => [payloadName(gene), toPayload(known)]);
  return payloadKnowledge({ [PHARMCAT]: Object.fromEntries(payloads) });
}

/** The definition of a gene that the demo brings along. */
export function demoDefinition(gene: string): GeneDefinition {
  return readDefinition(demoText(`definition/alleles/${gene}_translation.json`), gene);
}

/** All genes of which the demo brings definitions, with their phenotypes. */
export function demoGenes(): Knowledge {
  const genes = ['CYP2C19', 'CYP2C9', 'NUDT15', 'TPMT', 'VKORC1'];
  return geneKnowledge(
    Object.fromEntries(
      genes.map((gene) => [
        gene,
        { definition: demoDefinition(gene), phenotypes: readPhenotypes(demoText(`phenotype/${gene}.json`), gene) },
      ]),
    ),
  );
}

function demoText(path: string): string {
  return readFileSync(new URL(`../../demo/star-alleles/${path}`, import.meta.url), 'utf8');
}
