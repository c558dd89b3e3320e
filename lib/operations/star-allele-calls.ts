import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { type Interval, intersects } from '../genomics/interval.ts';
import { callStarAlleles } from '../genomics/star-allele/call.ts';
import type { GeneCalls, PositionCall } from '../genomics/star-allele/observation.ts';
import type { PlacedPosition } from '../genomics/star-allele/placed-position.ts';
import { type PositionReading, readPosition } from '../genomics/star-allele/position-call.ts';
import type { StarAlleleCall } from '../genomics/star-allele/star-allele-call.ts';
import type { Study } from '../genomics/study.ts';
import type { StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { Ports, RangeQuestion, Reference, SubjectView } from './ports.ts';
import type { StarAlleles } from './star-allele-knowledge.ts';
import { placesOf } from './star-allele-places.ts';
import { ofAssembly, withInputs } from './subject-view.ts';

/** The call of one gene from what one study has of one specimen. */
export interface StudyCall {
  readonly study: Study;
  /** The first input that it rests on: index into `study.inputs`. */
  readonly input: number;
  readonly call: StarAlleleCall;
  /** Of the chromosome that the definition's positions are on. */
  readonly accession: string;
  /** Rows at the defining positions, each once, in order. */
  readonly basis: readonly StoredVariant[];
}

/**
 * Calls genes from a subject's germline variants, each study and specimen by itself.
 *
 * @throws UnavailableError when rows or reference data can't be read: never a call without them
 * @throws CannotAnswerError when a rule needs an activity value that the release does not have
 */
export async function callGenes(
  view: SubjectView,
  genes: readonly StarAlleles[],
  reference: Reference,
  ports: Pick<Ports, 'variants'>,
): Promise<readonly StudyCall[]> {
  const germline = withInputs(view, ({ sourceClass }) => sourceClass === 'germline');
  const calls: StudyCall[] = [];
  for (const assembly of ASSEMBLIES) {
    const own = ofAssembly(germline, assembly);
    if (own.studies.length > 0) calls.push(...(await callIn(assembly, own, genes, reference, ports)));
  }
  return calls;
}

/** A position of one gene and its number among all that are asked. */
export interface AskedPosition {
  readonly index: number;
  readonly gene: StarAlleles;
  readonly placed: PlacedPosition;
}

/** One input of one study: where rows and regions of its own lie. */
interface Source {
  readonly study: Study;
  readonly input: number;
  readonly specimen: string | undefined;
}

async function callIn(
  assembly: Assembly,
  view: SubjectView,
  genes: readonly StarAlleles[],
  reference: Reference,
  ports: Pick<Ports, 'variants'>,
): Promise<readonly StudyCall[]> {
  const asked = await positionsIn(assembly, genes, reference);
  if (asked.length === 0) return sourcesOf(view).flatMap((source) => genes.map((gene) => called(gene, [source], [])));
  const [rows, structural] = await Promise.all([rowsNear(view, asked, ports), structuralNear(view, asked, ports)]);
  const ofSource = new Map<Source, ReadonlyMap<number, SourceReading>>();
  for (const source of sourcesOf(view)) {
    ofSource.set(source, await readSource(source, view, asked, rows, structural, ports));
  }
  const specimens = Map.groupBy(ofSource.keys(), ({ study, specimen }) => JSON.stringify([study.id, specimen]));
  return [...specimens.values()].flatMap((sources) =>
    genes.map((gene) => {
      const positions = asked.filter((one) => one.gene === gene);
      const readings = positions.map(({ index, placed }) => ({
        placed,
        ofSources: sources.map((source) => ofSource.get(source)?.get(index) ?? ('not called' as const)),
      }));
      return called(gene, sources, readings);
    }),
  );
}

/** The defining positions of genes that have a place in an assembly. @throws UnavailableError */
export async function positionsIn(
  assembly: Assembly,
  genes: readonly StarAlleles[],
  reference: Reference,
): Promise<readonly AskedPosition[]> {
  const asked: AskedPosition[] = [];
  for (const gene of genes) {
    for (const placed of await placesOf(gene.definition, assembly, reference)) {
      asked.push({ index: asked.length, gene, placed });
    }
  }
  return asked;
}

function sourcesOf(view: SubjectView): readonly Source[] {
  return view.studies.flatMap(({ study, samples }) => {
    const inputs = Map.groupBy(samples, ({ input }) => input);
    return [...inputs].map(([input, ofInput]) => {
      const specimens = new Set(ofInput.map(({ specimen }) => specimen));
      return { study, input, specimen: specimens.size === 1 ? [...specimens][0] : undefined };
    });
  });
}

type SourceReading<Row = StoredVariant> = Exclude<PositionReading<Row>, 'not called'>;

/** What each input of a specimen says of a position. */
export interface PositionReadings<Row = StoredVariant> {
  readonly placed: PlacedPosition;
  readonly ofSources: readonly (SourceReading<Row> | 'not called')[];
}

function called(stars: StarAlleles, sources: readonly Source[], positions: readonly PositionReadings[]): StudyCall {
  const [first] = sources;
  if (first === undefined) throw new Error('a call rests on no input');
  return {
    study: first.study,
    input: first.input,
    accession: stars.definition.accession,
    ...callGene(stars, positions),
  };
}

/**
 * The call of a gene from what the inputs of one specimen say of its positions, and the rows that it rests on.
 *
 * @throws CannotAnswerError when a rule needs an activity value that the release does not have
 */
export function callGene<Row>(
  { definition, phenotypes }: StarAlleles,
  positions: readonly PositionReadings<Row>[],
): { readonly call: StarAlleleCall; readonly basis: readonly Row[] } {
  const calls = new Map<Interbase, PositionCall>();
  const basis = new Set<Row>();
  for (const { placed, ofSources } of positions) {
    const agreed = agreement(ofSources);
    calls.set(placed.position.start0, agreed?.call ?? 'not called');
    for (const row of agreed?.rows ?? []) basis.add(row);
  }
  const gene: GeneCalls = calls;
  const call = callStarAlleles(definition, gene, phenotypes?.activity);
  return { call, basis: [...basis] };
}

/** What the inputs that called a position say with one voice; undefined when none did, or they contradict each other. */
function agreement<Row>(readings: PositionReadings<Row>['ofSources']): SourceReading<Row> | undefined {
  const said = readings.filter((reading) => reading !== 'not called');
  const [first] = said;
  const genotypes = new Set(said.map(({ call }) => call.alleles.toSorted().join('/')));
  return genotypes.size === 1 ? first : undefined;
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
  const readings = asked.map(({ index, placed }) => {
    if ((structural.get(index) ?? []).some((row) => unsettles(row, placed))) return 'not called';
    return readPosition(placed, rows.get(sourceName(source.study, source.input, index)) ?? []);
  });
  const questions: RangeQuestion[] = [];
  const owners: number[] = [];
  for (const { index, placed } of asked) {
    const reading = readings[index];
    if (reading === undefined || reading === 'not called') continue;
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
    asked.flatMap(({ index }) => {
      const reading = readings[index];
      if (reading === undefined || reading === 'not called') return [];
      return reading.seen === undefined || covered.has(index) ? [[index, reading] as const] : [];
    }),
  );
}

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
