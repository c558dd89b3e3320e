import type { TranscriptModel } from '../../lib/genomics/transcript.ts';
import { readCdot } from '../../lib/reference/cdot.ts';
import { readGff3 } from '../../lib/reference/gff3.ts';
import { readMane } from '../../lib/reference/mane.ts';

/** Everything that an iterable gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Models of a transcript file's text. */
export const modelsOf: Readonly<Record<'gff3' | 'cdot' | 'mane', (text: string) => Promise<TranscriptModel[]>>> = {
  gff3: (text) => all(readGff3([text.split('\n')])),
  cdot: (text) => all(readCdot([Buffer.from(text)])),
  mane: (text) => all(readMane([text.split('\n')])),
};
