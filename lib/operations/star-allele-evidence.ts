import type { Interbase } from '../genomics/coordinates.ts';
import { type Interval, intersects } from '../genomics/interval.ts';
import type { PlacedPosition } from '../genomics/star-allele/placed-position.ts';
import { type PositionReading, readPosition } from '../genomics/star-allele/position-call.ts';
import type { Study, StudyInput } from '../genomics/study.ts';
import type { StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { Ports, RangeQuestion, SubjectView } from './ports.ts';
import type { StarAlleles } from './star-allele-knowledge.ts';
import { looksFor } from './subject-view.ts';

/** A position of one gene and its number among all that are asked. */
export interface AskedPosition {
  readonly index: number;
  readonly gene: StarAlleles;
  readonly placed: PlacedPosition;
}

/** One input of one study: where rows and regions of its own lie. */
export interface Source {
  readonly study: Study;
  readonly input: number;
  readonly specimen: string | undefined;
}

/** What one input says of a position. `unsure`: it has rows there that can't be read as a genotype. `silent`: nothing. */
export type SourceReading<Row = StoredVariant> = Exclude<PositionReading<Row>, 'not called'> | 'unsure' | 'silent';

/** The inputs of a view. */
export function sourcesOf(view: SubjectView): readonly Source[] {
  return view.studies.flatMap(({ study, samples }) => {
    const inputs = Map.groupBy(samples, ({ input }) => input);
    return [...inputs].map(([input, ofInput]) => {
      const specimens = new Set(ofInput.map(({ specimen }) => specimen));
      return { study, input, specimen: specimens.size === 1 ? [...specimens][0] : undefined };
    });
  });
}

/**
 * What each input of a view says of some positions, by their number. An input that a position is no part of is silent.
 *
 * @throws UnavailableError when rows or regions can't be read
 */
export async function readSources(
  view: SubjectView,
  asked: readonly AskedPosition[],
  ports: Pick<Ports, 'variants'>,
): Promise<ReadonlyMap<Source, ReadonlyMap<number, SourceReading>>> {
  const [rows, structural] = await Promise.all([rowsNear(view, asked, ports), structuralNear(view, asked, ports)]);
  const ofSource = new Map<Source, ReadonlyMap<number, SourceReading>>();
  for (const source of sourcesOf(view)) {
    ofSource.set(source, await readSource(source, view, asked, rows, structural, ports));
  }
  return ofSource;
}

async function rowsNear(
  view: SubjectView,
  asked: readonly AskedPosition[],
  { variants }: Pick<Ports, 'variants'>,
): Promise<ReadonlyMap<string, readonly StoredVariant[]>> {
  const rows = new Map<string, StoredVariant[]>();
  for await (const batch of variants.simple(view, asked.map(nearby))) {
    for (const { index, row } of batch) {
      const name = sourceName(row.study, row.input, index);
      const before = rows.get(name);
      if (before === undefined) rows.set(name, [row]);
      else before.push(row);
    }
  }
  return rows;
}

const sourceName = (study: Study, input: number, index: number): string => JSON.stringify([study.id, input, index]);

// One base more on either side: what adjoins the reach of an insertion may be the same insertion.
export function nearby({ index, placed: { chromosome, reach } }: AskedPosition): RangeQuestion {
  const start0 = Math.max(0, reach.start0 - 1) as Interbase;
  return { index, chromosome, start0, end0: (reach.end0 + 1) as Interbase };
}

/** The position itself. */
export function at({ index, placed: { chromosome, start0, end0 } }: AskedPosition): RangeQuestion {
  return { index, chromosome, start0, end0 };
}

/** What changes how many copies of a position there are: no genotype of small variants holds next to it. */
async function structuralNear(
  view: SubjectView,
  asked: readonly AskedPosition[],
  { variants }: Pick<Ports, 'variants'>,
): Promise<ReadonlyMap<number, readonly StoredStructuralVariant[]>> {
  const questions = asked.map(at);
  const found = new Map<number, StoredStructuralVariant[]>();
  for await (const batch of variants.structural(view, questions, 'intersecting')) {
    for (const { index, row } of batch) found.set(index, [...(found.get(index) ?? []), row]);
  }
  return found;
}

async function readSource(
  source: Source,
  view: SubjectView,
  asked: readonly AskedPosition[],
  rows: ReadonlyMap<string, readonly StoredVariant[]>,
  structural: ReadonlyMap<number, readonly StoredStructuralVariant[]>,
  { variants }: Pick<Ports, 'variants'>,
): Promise<ReadonlyMap<number, SourceReading>> {
  const readings = asked.map(({ index, placed }): SourceReading => {
    if ((structural.get(index) ?? []).some((row) => unsettles(row, placed))) return 'unsure';
    const reading = readPosition(placed, rows.get(sourceName(source.study, source.input, index)) ?? []);
    if (reading === 'not called') return 'unsure';
    const looked = source.study.inputs[source.input];
    return reading.rows.length > 0 || (looked !== undefined && looksAt(looked, placed)) ? reading : 'silent';
  });
  const questions: RangeQuestion[] = [];
  const owners: number[] = [];
  for (const { index, placed } of asked) {
    const reading = readings[index];
    if (reading === undefined || typeof reading === 'string') continue;
    for (const interval of reading.seen ?? []) {
      owners.push(index);
      questions.push({ ...interval, chromosome: placed.chromosome, index: questions.length });
    }
  }
  const own = ofInput(view, source);
  const values = questions.length === 0 ? [] : await variants.coverage(own, questions);
  if (values.length !== questions.length) throw new Error('coverage answered fewer ranges than were asked');
  const covered = new Set(owners.filter((_, place) => values[place] === 'covered'));
  return new Map(
    readings.map((reading, index) => {
      if (typeof reading === 'string' || reading.seen === undefined || covered.has(index)) return [index, reading];
      // A variant that lies where the test could not call is no reference either.
      return [index, reading.rows.length > 0 ? 'unsure' : 'silent'];
    }),
  );
}

/** Whether finding nothing means something: a test of copy numbers studied the place, and says nothing of its base. */
export function looksAt(input: Pick<StudyInput, 'changeTypes'>, { substitution }: PlacedPosition): boolean {
  if (!looksFor(input, 'simple')) return false;
  return !substitution || (input.changeTypes ?? []).some((type) => SUBSTITUTIONS.has(type));
}

const SUBSTITUTIONS: ReadonlySet<string> = new Set(['SNV', 'MNV', 'DELINS']);
const COPY_CHANGES: ReadonlySet<string> = new Set(['DEL', 'DUP', 'CNV', 'DELINS', 'INV', 'CPX']);

// A precise deletion is among the simple rows too, where a position reads it as its own event.
export function unsettles(
  { changeType, outer, imprecise, ref }: Pick<StoredStructuralVariant, 'changeType' | 'outer' | 'imprecise' | 'ref'>,
  placed: Interval,
): boolean {
  const asSequence = !imprecise && /^[ACGTN]{2,}$/i.test(ref);
  return !asSequence && COPY_CHANGES.has(changeType) && intersects(outer, placed);
}

function ofInput(view: SubjectView, { study, input }: Source): SubjectView {
  return {
    ...view,
    studies: view.studies
      .filter((one) => one.study.id === study.id)
      .map((one) => ({ ...one, samples: one.samples.filter((sample) => sample.input === input) })),
  };
}
