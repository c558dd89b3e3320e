import { trim } from '../../../lib/genomics/allele.ts';
import { placedOn } from '../../../lib/genomics/consequence/gene-structure.ts';
import { type Prediction, predictConsequences } from '../../../lib/genomics/consequence/predict.ts';
import { termOf } from '../../../lib/genomics/consequence/terms.ts';
import { interbase } from '../../../lib/genomics/coordinates.ts';
import { normalise } from '../../../lib/genomics/normalise.ts';
import type { Sequences } from '../../../lib/genomics/ports.ts';
import type { TranscriptModel } from '../../../lib/genomics/transcript.ts';

/** A record's one ALT. `position` is POS, 1-based. */
export interface StatedRecord {
  readonly position: number;
  readonly ref: string;
  readonly alt: string;
}

/** What is computed for one record and transcript, the allele justified as far as the genome's bases are known. */
export async function predicted(
  model: TranscriptModel,
  { position, ref, alt }: StatedRecord,
  sequences: Sequences,
): Promise<Prediction | undefined> {
  const start0 = interbase(position - 1);
  const [deleted, inserted] = [ref.toUpperCase(), alt.toUpperCase()];
  const stated = { start0, end0: interbase(start0 + ref.length), deleted, inserted };
  const known = sequences.has(model.genomicAccession);
  const normalised = known ? await normalise(model.genomicAccession, stated, sequences) : undefined;
  const context = normalised?.reference === 'agrees' ? normalised.allele : undefined;
  return predictConsequences(model, placedOn(model, trim(start0, deleted, inserted), context), sequences);
}

export function namesOf(codes: readonly string[]): readonly string[] {
  return codes.map((code) => termOf(code)?.name ?? code);
}

/** Counts how often a term that a tool states is computed too. */
export interface TermRates {
  add(stated: Iterable<string>, computed: ReadonlySet<string>): void;
  /** In percent, by term. */
  rates(): ReadonlyMap<string, number>;
  print(title: string): void;
}

export function termRates(): TermRates {
  const counts = new Map<string, { stated: number; agreed: number }>();
  return {
    add(stated, computed) {
      for (const term of stated) {
        const count = counts.get(term) ?? { stated: 0, agreed: 0 };
        counts.set(term, count);
        count.stated++;
        if (computed.has(term)) count.agreed++;
      }
    },
    rates: () => new Map([...counts].map(([term, { stated, agreed }]) => [term, (100 * agreed) / stated])),
    print(title) {
      const rows = [...counts].sort(([, a], [, b]) => b.stated - a.stated);
      const lines = rows.map(([term, { stated, agreed }]) => {
        const rate = ((100 * agreed) / stated).toFixed(1);
        return `  ${rate.padStart(5)} % of ${String(stated).padStart(4)}  ${term}`;
      });
      console.log([`${title}: how often a stated term is computed`, ...lines].join('\n'));
    },
  };
}
