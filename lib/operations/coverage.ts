import type { CoverageValue, Ports, SubjectView } from './ports.ts';
import { byAssembly, type Placed, rangeQuestion } from './range-questions.ts';
import { looksFor, type Question, withInputs } from './subject-view.ts';

/**
 * How much of each region the subject's tests could have seen, counting only the inputs that look for what is asked. Each
 * test is asked in its own assembly.
 *
 * @returns one value per region, in order; `unknown` where no such test is
 */
export async function coverageOf(
  view: SubjectView,
  placed: readonly Placed[],
  question: Question,
  { variants }: Ports,
): Promise<readonly CoverageValue[]> {
  const seeing = withInputs(view, (input) => looksFor(input, question));
  const values = new Map<number, CoverageValue>();
  for (const part of byAssembly(seeing, placed, rangeQuestion)) {
    const answers = await variants.coverage(part.view, part.questions);
    part.questions.forEach(({ index }, place) => {
      const value = answers[place];
      if (value === undefined) throw new Error('coverage answered fewer ranges than were asked');
      const before = values.get(index);
      values.set(index, before === undefined ? value : combine(before, value));
    });
  }
  return placed.map(({ index }) => values.get(index) ?? 'unknown');
}

// What studies of two assemblies say together: what one saw, the other's not seeing doesn't take away, and not
// knowing of one is not knowing of both.
const BY_WEIGHT = ['covered', 'partly', 'unknown', 'not-covered'] as const satisfies readonly CoverageValue[];

function combine(a: CoverageValue, b: CoverageValue): CoverageValue {
  return BY_WEIGHT.find((value) => value === a || value === b) ?? 'unknown';
}
