import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sequencesOf } from '../../lib/genomics/assembly.ts';
import { CannotAnswerError, InvalidInputError } from '../../lib/genomics/errors.ts';
import type { Interval } from '../../lib/genomics/interval.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';

/** Known bases of a sequence from `start0` on. */
export interface Window {
  readonly accession: string;
  readonly start0: number;
  readonly bases: string;
}

/**
 * Reference bases of which only some windows are known, as the recorded test data has them. Reading beside the windows
 * fails like a reference that is not loaded: a test can't pass on bases nobody knows.
 */
export function windowSequences(
  windows: readonly Window[],
  lengths: ReadonlyMap<string, number> = new Map(),
): Sequences {
  const byAccession = Map.groupBy(windows, ({ accession }) => accession);
  const lengthOf = (accession: string): number => {
    const known = lengths.get(accession) ?? sequencesOf(accession)[0]?.length;
    if (known !== undefined) return known;
    const ends = (byAccession.get(accession) ?? []).map(({ start0, bases }) => start0 + bases.length);
    if (ends.length === 0) throw new CannotAnswerError(`no bases of ${accession} are known`);
    return Math.max(...ends);
  };
  return {
    release: 'windows',
    has: (accession) => byAccession.has(accession),
    length: async (accession) => lengthOf(accession),
    async sequence(accession, { start0, end0 }: Interval) {
      if (end0 > lengthOf(accession)) throw new InvalidInputError(`${accession} ends before ${end0}`);
      if (start0 === end0) return '';
      const window = byAccession
        .get(accession)
        ?.find(({ start0: from, bases }) => from <= start0 && end0 <= from + bases.length);
      if (window === undefined)
        throw new CannotAnswerError(`the bases of ${accession}:${start0}-${end0} are not known`);
      return window.bases.slice(start0 - window.start0, end0 - window.start0).toUpperCase();
    },
  };
}

/** Sequences of a small FASTA (plain or gzip) by name; slices named `chr:from-to` keep that name. */
export function readFasta(path: string): Map<string, string> {
  const raw = readFileSync(path);
  const text = (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString('latin1');
  const records = text.split('>').slice(1);
  return new Map(
    records.map((record) => {
      const end = record.indexOf('\n');
      return [record.slice(0, end).trim(), record.slice(end).replaceAll(/\s/g, '').toUpperCase()];
    }),
  );
}

/** A window that covers a whole made-up sequence. */
export function whole(accession: string, bases: string): Sequences {
  return windowSequences([{ accession, start0: 0, bases }], new Map([[accession, bases.length]]));
}

/** A window with unknown bases (N) on both sides, at which nothing slides on; for readers that look beyond it. */
export function padded({ accession, start0, bases }: Window, by = 512): Window {
  return { accession, start0: start0 - by, bases: 'N'.repeat(by) + bases + 'N'.repeat(by) };
}
