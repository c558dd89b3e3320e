import { interbase } from '../genomics/coordinates.ts';
import { type Interval, union } from '../genomics/interval.ts';
import type { CoverageValue } from '../operations/ports.ts';
import type { RegionKind } from './schema.ts';
import type { Span } from './window.ts';

/** What one input of a study says of one question's span. */
export interface InputCoverage {
  /** Bases it could see, sorted and joined: (studied ∪ called ∪ block) without (uncallable ∪ uncalled ∪ filtered). */
  readonly callable: readonly Interval[];
  /** Whether uncallable, uncalled and filtered regions together cover the whole span. */
  readonly excluded: boolean;
  /** Whether a no-call or a filtered record touches the span. */
  readonly doubted: boolean;
  /** Whether the input states what it studied, so that what it did not see is known. */
  readonly stated: boolean;
}

const SEEN: ReadonlySet<RegionKind> = new Set(['studied', 'called', 'block']);
const DOUBTS: ReadonlySet<RegionKind> = new Set(['uncalled', 'filtered']);

/** Takes the regions of one input that touch a span, in order of start0. Memory grows with the result only. */
export interface RegionSweep {
  add(kind: RegionKind, start0: number, end0: number): void;
  finish(): InputCoverage;
}

export function sweepRegions({ lo, hi }: Span, stated: boolean): RegionSweep {
  const callable: { start0: number; end0: number }[] = [];
  // Everything before `at` is decided. From `at`, seen regions reach to `seen` and excluded ones to `excluded`.
  let [at, seen, excluded] = [lo, lo, lo];
  let excludedFromStart = lo;
  let doubted = false;

  const decideUpTo = (position: number): void => {
    const [from, to] = [Math.max(at, excluded), Math.min(seen, position)];
    if (from < to) {
      const last = callable.at(-1);
      if (last?.end0 === from) last.end0 = to;
      else callable.push({ start0: from, end0: to });
    }
    at = Math.max(at, position);
  };

  return {
    add(kind, start0, end0) {
      // A no-call or failed insertion has no bases of its own; it casts doubt on the one after it.
      const [from, to] = [Math.max(start0, lo), Math.min(Math.max(end0, start0 + 1), hi)];
      if (from >= to) return;
      decideUpTo(from);
      if (SEEN.has(kind)) {
        if (start0 < end0) seen = Math.max(seen, to);
        return;
      }
      excluded = Math.max(excluded, to);
      if (from <= excludedFromStart) excludedFromStart = Math.max(excludedFromStart, to);
      if (DOUBTS.has(kind)) doubted = true;
    },
    finish() {
      decideUpTo(hi);
      return {
        callable: callable.map(({ start0, end0 }) => ({ start0: interbase(start0), end0: interbase(end0) })),
        excluded: excludedFromStart >= hi,
        doubted,
        stated,
      };
    },
  };
}

/** How much of a span the inputs of a view could have seen; none at all = unknown. */
export function coverageOf({ lo, hi }: Span, inputs: readonly InputCoverage[]): CoverageValue {
  if (inputs.length === 0) return 'unknown';
  const callable = union(inputs.flatMap((input) => input.callable));
  const [first] = callable;
  if (first === undefined)
    return inputs.every(({ stated, excluded }) => stated || excluded) ? 'not-covered' : 'unknown';
  const whole = first.start0 <= lo && first.end0 >= hi;
  return whole && !inputs.some(({ doubted }) => doubted) ? 'covered' : 'partly';
}
