import type { GeneDefinition } from '../genomics/star-allele/definition.ts';
import type { PhenotypeTable } from '../genomics/star-allele/phenotype.ts';
import {
  fromPayload,
  type GeneKnowledge,
  type GenePayload,
  PHARMCAT,
  payloadName,
} from '../knowledge/pharmcat/payload.ts';
import type { Knowledge } from './ports.ts';

/** A gene that can be called, with what its alleles mean. */
export interface StarAlleles {
  readonly definition: GeneDefinition;
  readonly phenotypes: PhenotypeTable | undefined;
}

// A payload is parsed once, and so read once: positions that are placed for a definition stay with it.
const read = new WeakMap<object, GeneKnowledge>();

/**
 * What the active release says of some genes, by symbol; those of which it says nothing are left out.
 *
 * @param genes HGNC symbols
 * @throws UnavailableError when a file of the release can't be read
 */
export async function geneKnowledge(
  knowledge: Pick<Knowledge, 'payloads' | 'payload'>,
  genes: Iterable<string>,
): Promise<ReadonlyMap<string, GeneKnowledge>> {
  const names = new Set(await knowledge.payloads(PHARMCAT));
  const known = await Promise.all(
    [...new Set(genes)]
      .filter((gene) => names.has(payloadName(gene)))
      .map(async (gene) => [gene, await readPayload(knowledge, gene)] as const),
  );
  return new Map(known);
}

async function readPayload(knowledge: Pick<Knowledge, 'payload'>, gene: string): Promise<GeneKnowledge> {
  const payload = (await knowledge.payload(PHARMCAT, payloadName(gene))) as GenePayload | undefined;
  if (payload === undefined) throw new Error(`the release names ${gene}, but has nothing of it`);
  const before = read.get(payload);
  if (before !== undefined) return before;
  const gained = fromPayload(payload);
  read.set(payload, gained);
  return gained;
}
