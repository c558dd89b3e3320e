import { currentSystem, SYSTEM } from '../fhir/codes.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { hgncIdOf, symbolOf } from '../genomics/gene-ids.ts';
import type { GeneName } from '../genomics/genotype-finding.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import type { Reference } from './ports.ts';
import { splitToken } from './subject-view.ts';

/** A gene of a request: by its symbol, its HGNC id or both. */
export interface AskedGene {
  /** As the caller wrote it. */
  readonly text: string;
  readonly symbol?: string;
  readonly hgncId?: string;
}

const HGNC_ID = /^(?:HGNC:)?(\d+)$/i;

/**
 * Reads the genes of a request: HGNC symbols in any case or HGNC ids, with or without the system.
 *
 * @throws InvalidInputError naming `genes` for a gene of another system, or without a name
 */
export function readGenes(
  tokens: readonly string[],
  { transcripts }: Pick<Reference, 'transcripts'>,
): Promise<readonly AskedGene[]> {
  return Promise.all(
    tokens.map(async (text) => {
      const { system, code } = splitToken(text.trim());
      if (system !== undefined && currentSystem(system) !== SYSTEM.hgnc) {
        throw new InvalidInputError(
          `'${text}': genes are named by ${SYSTEM.hgnc}, such as ${SYSTEM.hgnc}|HGNC:2621`,
          'genes',
        );
      }
      if (code === '') throw new InvalidInputError(`'${text}' names no gene`, 'genes');
      const number = HGNC_ID.exec(code)?.[1];
      if (number === undefined) {
        const hgncId = hgncIdOf(code);
        return { text, symbol: code, ...(hgncId === undefined ? {} : { hgncId }) };
      }
      const hgncId = `HGNC:${number}`;
      const symbol = symbolOf(hgncId) ?? (await ifLoaded(() => transcripts.ofGene(hgncId)))?.[0]?.gene;
      return { text, hgncId, ...(symbol === undefined ? {} : { symbol }) };
    }),
  );
}

/** Whether a gene is the one that was asked. */
export function isAsked(asked: AskedGene, { symbol, hgncId }: GeneName): boolean {
  if (asked.hgncId !== undefined && asked.hgncId === hgncId) return true;
  return asked.symbol?.toUpperCase() === symbol.toUpperCase();
}
