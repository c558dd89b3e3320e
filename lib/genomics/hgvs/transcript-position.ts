import { InvalidInputError } from '../errors.ts';
import { type TranscriptModel, type TranscriptPosition, transcriptLength } from '../transcript.ts';
import { formatPosition } from './format.ts';
import type { DnaCoordinates, HgvsPosition } from './variant.ts';

/**
 * The position of a transcript that a c. or n. position means.
 *
 * @throws InvalidInputError when the transcript has no coding sequence or no such base.
 */
export function transcriptPosition(
  model: TranscriptModel,
  coordinates: DnaCoordinates,
  position: HgvsPosition,
): TranscriptPosition {
  const { cds, accession } = model;
  if (coordinates === 'c' && cds === undefined) {
    throw new InvalidInputError(`${accession} has no coding sequence; write n.`);
  }
  const { datum, base, offset } = position;
  const origin = cds === undefined || datum === 'start' ? 0 : datum === 'cds-end' ? cds.txEnd0 : cds.txStart0;
  const tx0 = origin + base - (base > 0 ? 1 : 0);
  const length = transcriptLength(model);
  if (tx0 < 0 || tx0 >= length) {
    const [first, last] = [0, length - 1].map((one) => formatPosition(hgvsPosition(model, coordinates, one)));
    throw new InvalidInputError(
      `${coordinates}.${formatPosition(position)} is beyond ${accession}, which reaches from ${coordinates}.${first} to ${coordinates}.${last}`,
    );
  }
  if (datum === 'cds-start' && base > 0 && cds !== undefined && tx0 >= cds.txEnd0) {
    throw new InvalidInputError(
      `c.${formatPosition(position)} is behind the stop codon of ${accession}; its coding sequence ends at c.${cds.txEnd0 - cds.txStart0}, after it write c.*1`,
    );
  }
  return { tx0, offset };
}

/** The c. or n. position of a base of a transcript. */
export function hgvsPosition(
  { cds }: TranscriptModel,
  coordinates: DnaCoordinates,
  tx0: number,
  offset = 0,
): HgvsPosition {
  if (coordinates !== 'c' || cds === undefined) return { datum: 'start', base: tx0 + 1, offset };
  if (tx0 >= cds.txEnd0) return { datum: 'cds-end', base: tx0 - cds.txEnd0 + 1, offset };
  const base = tx0 - cds.txStart0;
  return { datum: 'cds-start', base: base < 0 ? base : base + 1, offset };
}
