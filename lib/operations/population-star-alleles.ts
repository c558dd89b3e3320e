import { ASSEMBLIES, type Assembly, type Chromosome } from '../genomics/assembly.ts';
import type { Interval } from '../genomics/interval.ts';
import { type CalledRow, type PositionReading, readPosition } from '../genomics/star-allele/position-call.ts';
import type { StarAlleleCall } from '../genomics/star-allele/star-allele-call.ts';
import { checkCost } from './costs.ts';
import type { Germline, GermlineSource, Population, SeenPlaces } from './population-ports.ts';
import type { Ports, Reference } from './ports.ts';
import type { Place } from './range-questions.ts';
import { callGene, positionsIn } from './star-allele-calls.ts';
import { type AskedPosition, at, looksAt, nearby, type SourceReading, unsettles } from './star-allele-evidence.ts';
import type { StarAlleles } from './star-allele-knowledge.ts';
import { type SourceRows, sourceRows } from './star-allele-sources.ts';
import { type SubjectSet, subjectSet } from './subject-set.ts';

/** A row that a call rests on. */
export interface BasisRow extends CalledRow {
  readonly assembly: Assembly;
  readonly chromosome: Chromosome;
}

/** One call of a gene, and everyone of whom a specimen of a test gives it. */
export interface CarriedStarAlleles {
  readonly call: StarAlleleCall;
  readonly basis: readonly BasisRow[];
  readonly subjects: SubjectSet;
}

/**
 * Positions of germline inputs that one request may look at. The 35 of CYP2C19 in 100,000 subjects are 3.5 million: on two
 * processors they took 0.9 s where tests share what they saw, and 9 s warm or 24 s at first where each has reference blocks
 * of its own. A gateway waits for 29 s.
 */
export const MOST_POSITIONS = 4_000_000;

/**
 * Calls genes from everyone's germline variants, once for each set of rows, phases and seen places that some specimens
 * have in common.
 *
 * @throws UnavailableError, CannotAnswerError as the calls of one subject
 * @throws TooCostlyError
 */
export async function callEveryone(
  population: Population,
  genes: readonly StarAlleles[],
  reference: Reference,
  ports: Ports,
): Promise<readonly CarriedStarAlleles[]> {
  const calls: CarriedStarAlleles[] = [];
  const parts = await Promise.all(
    ASSEMBLIES.map(async (assembly) => {
      const germline = population.germline(assembly);
      const asked = germline.sources.length === 0 ? [] : await positionsIn(assembly, genes, reference);
      return { assembly, germline, asked };
    }),
  );
  const cost = parts.reduce((sum, { germline, asked }) => sum + germline.sources.length * asked.length, 0);
  checkCost(cost, MOST_POSITIONS, 'positions to be looked at', 'ask for fewer genes or treatments', ports);
  for (const { assembly, germline, asked } of parts) {
    if (asked.length === 0) continue;
    const rows = await sourceRows(germline, asked.map(nearby));
    const unsettled = await unsettledPositions(germline, asked);
    for (const [gene, positions] of Map.groupBy(asked, (one) => one.gene)) {
      calls.push(
        ...(await callEach(gene, population.subjects.length, { assembly, germline, positions, rows, unsettled })),
      );
    }
  }
  return calls;
}

interface GeneEvidence {
  readonly assembly: Assembly;
  readonly germline: Germline;
  readonly positions: readonly AskedPosition[];
  readonly rows: SourceRows;
  /** Indexes of positions next to which there may be another number of copies, by subject. */
  readonly unsettled: ReadonlyMap<number, ReadonlySet<number>>;
}

async function unsettledPositions(
  germline: Germline,
  asked: readonly AskedPosition[],
): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const found = new Map<number, Set<number>>();
  for (const { index, subjects, ...row } of await germline.structural(asked.map(at))) {
    const position = asked[index];
    if (position === undefined || !unsettles(row, position.placed)) continue;
    for (const subject of subjects) found.set(subject, (found.get(subject) ?? new Set()).add(index));
  }
  return found;
}

type Readings = ReadonlyMap<number, PositionReading<CalledRow>>;

async function callEach(
  gene: StarAlleles,
  people: number,
  evidence: GeneEvidence,
): Promise<readonly CarriedStarAlleles[]> {
  const { germline, positions, rows, unsettled } = evidence;
  const own = new Set(positions.map(({ index }) => index));
  const [named, distinct] = rows.namesOf(own);
  const readings = new Map(
    [...distinct].map(([name, ofPosition]): [string, Readings] => [
      name,
      new Map(positions.map(({ index, placed }) => [index, readPosition(placed, ofPosition.get(index) ?? [])])),
    ]),
  );
  const seen = await seenIn(germline, positions, readings.values());
  const found = new Map<string, CarriedStarAlleles>();
  for (const { subject, sources } of specimensOf(germline)) {
    const gone = [...(unsettled.get(subject) ?? [])].filter((index) => own.has(index)).sort((a, b) => a - b);
    const keys = sources.map((source) => `${named(source)}|${seen.keyOf(source)}|${lookOf(germline.sources[source])}`);
    const name = `${keys.join(';')}#${gone.join()}`;
    const known = found.get(name);
    if (known !== undefined) {
      known.subjects.add([subject]);
      continue;
    }
    const said = sources.map((source) => ({ source, readings: readings.get(named(source)) as Readings }));
    const subjects = subjectSet(people);
    subjects.add([subject]);
    found.set(name, { ...callOne(gene, evidence, said, new Set(gone), seen), subjects });
  }
  return [...found.values()];
}

/** What an input looked for: it decides whether finding nothing means something. */
const lookOf = (source: GermlineSource | undefined): string => (source?.changeTypes ?? []).join();

/** Sources of one specimen, which stand together. */
function* specimensOf({ sources }: Germline): Generator<{ readonly subject: number; readonly sources: number[] }> {
  let group: { subject: number; specimen: number; sources: number[] } | undefined;
  for (const [source, { subject, specimen }] of sources.entries()) {
    if (group?.specimen === specimen) {
      group.sources.push(source);
      continue;
    }
    if (group !== undefined) yield group;
    group = { subject, specimen, sources: [source] };
  }
  if (group !== undefined) yield group;
}

function callOne(
  gene: StarAlleles,
  { assembly, germline, positions }: GeneEvidence,
  said: readonly { readonly source: number; readonly readings: Readings }[],
  gone: ReadonlySet<number>,
  seen: SeenIntervals,
): Omit<CarriedStarAlleles, 'subjects'> {
  const chromosomes = new Map<CalledRow, Chromosome>();
  const read = positions.map(({ index, placed }) => ({
    placed,
    ofSources: said.map(({ source, readings }, place): SourceReading<CalledRow> => {
      const reading = readings.get(index);
      if (reading === undefined || reading === 'not called' || gone.has(index)) return 'unsure';
      const looked = germline.sources[source];
      const found = reading.rows.length > 0;
      if (!found && (looked === undefined || !looksAt(looked, placed))) return 'silent';
      const holds = reading.seen?.some((one) => seen.sees(source, placed.chromosome, one)) ?? true;
      // A variant that lies where the test could not call is no reference either.
      if (!holds) return found ? 'unsure' : 'silent';
      for (const row of reading.rows) chromosomes.set(row, placed.chromosome);
      const { phaseSet, ...call } = reading.call;
      return { ...reading, call: { ...call, ...(phaseSet !== undefined && { phaseSet: `${place}:${phaseSet}` }) } };
    }),
  }));
  const { call, basis } = callGene(gene, read);
  return { call, basis: basis.map((row) => ({ ...row, assembly, chromosome: chromosomes.get(row) as Chromosome })) };
}

interface SeenIntervals {
  readonly keyOf: SeenPlaces['keyOf'];
  sees(source: number, chromosome: Chromosome, interval: Interval): boolean;
}

/** Whether sources saw the intervals that readings rest on. */
async function seenIn(
  germline: Germline,
  positions: readonly AskedPosition[],
  readings: Iterable<Readings>,
): Promise<SeenIntervals> {
  const numbers = new Map<string, number>();
  const places: Place[] = [];
  const nameOf = (chromosome: Chromosome, { start0, end0 }: Interval) => `${chromosome}:${start0}-${end0}`;
  for (const ofPosition of readings) {
    for (const { index, placed } of positions) {
      const reading = ofPosition.get(index);
      if (reading === undefined || reading === 'not called') continue;
      for (const interval of reading.seen ?? []) {
        const name = nameOf(placed.chromosome, interval);
        if (numbers.has(name)) continue;
        numbers.set(name, places.length);
        places.push({ chromosome: placed.chromosome, ...interval });
      }
    }
  }
  const seen = await germline.seen(places);
  return {
    keyOf: seen.keyOf,
    sees: (source, chromosome, interval) => seen.sees(source, numbers.get(nameOf(chromosome, interval)) as number),
  };
}
