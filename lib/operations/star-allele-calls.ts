import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { callStarAlleles } from '../genomics/star-allele/call.ts';
import type { GeneCalls, PositionCall } from '../genomics/star-allele/observation.ts';
import type { PlacedPosition } from '../genomics/star-allele/placed-position.ts';
import type { StarAlleleCall } from '../genomics/star-allele/star-allele-call.ts';
import type { Study } from '../genomics/study.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import type { Ports, Reference, SubjectView } from './ports.ts';
import { type AskedPosition, readSources, type Source, type SourceReading, sourcesOf } from './star-allele-evidence.ts';
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

async function callIn(
  assembly: Assembly,
  view: SubjectView,
  genes: readonly StarAlleles[],
  reference: Reference,
  ports: Pick<Ports, 'variants'>,
): Promise<readonly StudyCall[]> {
  const asked = await positionsIn(assembly, genes, reference);
  if (asked.length === 0) return sourcesOf(view).flatMap((source) => genes.map((gene) => called(gene, [source], [])));
  const ofSource = await readSources(view, asked, ports);
  const specimens = Map.groupBy(ofSource.keys(), ({ study, specimen }) => JSON.stringify([study.id, specimen]));
  return [...specimens.values()].flatMap((sources) =>
    genes.map((gene) => {
      const positions = asked.filter((one) => one.gene === gene);
      const readings = positions.map(({ index, placed }) => ({
        placed,
        ofSources: sources.map((source) => ofSource.get(source)?.get(index) ?? 'silent'),
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

/** What each input of a specimen says of a position. */
export interface PositionReadings<Row = StoredVariant> {
  readonly placed: PlacedPosition;
  readonly ofSources: readonly SourceReading<Row>[];
}

function called(stars: StarAlleles, sources: readonly Source[], positions: readonly PositionReadings[]): StudyCall {
  const [first] = sources;
  if (first === undefined) throw new Error('a call rests on no input');
  const { accession } = stars.definition;
  return { study: first.study, input: first.input, accession, ...callGene(stars, positions) };
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

/** What the inputs say with one voice; undefined when none speaks, one is unsure, or they contradict each other. */
function agreement<Row>(readings: readonly SourceReading<Row>[]): Exclude<SourceReading<Row>, string> | undefined {
  if (readings.includes('unsure')) return undefined;
  const said = readings.filter((reading) => typeof reading !== 'string');
  const [first] = said;
  const genotypes = new Set(said.map(({ call }) => call.alleles.toSorted().join('/')));
  return genotypes.size === 1 ? first : undefined;
}
