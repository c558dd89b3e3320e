import type { Chromosome } from '../genomics/assembly.ts';
import type { StatedConsequence } from '../genomics/consequence/annotation.ts';
import { interbase } from '../genomics/coordinates.ts';
import { type Interval, intersection, union } from '../genomics/interval.ts';
import { statableWithin, statesEvent } from '../genomics/same-event.ts';
import type {
  AnnotatedVariant,
  Answer,
  CoverageValue,
  RangeQuestion,
  StructuralRelation,
  StudyRegions,
  SubjectView,
  VariantStore,
} from '../operations/ports.ts';
import { annotatedQuery } from './annotated-query.ts';
import { coverageOf, type InputCoverage, sweepRegions } from './coverage.ts';
import type { DuckDb } from './duckdb.ts';
import type { ObjectStore } from './objects.ts';
import { type Query, rangeQuery, type Scan, type Selection, scansOf } from './range-query.ts';
import { readStated, readStructuralVariants, readVariants, structuralSelection, variantSelection } from './rows.ts';
import { queryRunner } from './run-query.ts';
import type { RegionKind } from './schema.ts';
import { structuralQuery } from './structural-query.ts';
import { type FilesOf, type SourceFile, sourcesOf } from './study-files.ts';
import { spanOf } from './window.ts';

/** What the store needs: a DuckDB (opened when first asked), the objects and the file lists of studies. */
export interface VariantStoreParts {
  readonly duckDb: () => Promise<DuckDb>;
  readonly objects: ObjectStore;
  readonly filesOf: FilesOf;
}

/** Rows of the subject that passed their filters. NULL is no pass. */
const PASSED = `v.subject = $subject AND v.filters IN ('PASS', '.')`;
const ORDER = 'ORDER BY question, start0, "ref", alt, source';
const VARIANTS: Selection = { columns: variantSelection, where: PASSED };
/** With what tells rows apart that state the same. */
const NUMBERED: Selection = {
  columns: (justified) => `${variantSelection(justified)}, v.file_index || '/' || v.file_row_number AS row`,
  where: PASSED,
};
const STRUCTURAL: Selection = { columns: structuralSelection, where: PASSED };
const EXISTENCE: Selection = { columns: () => '1 AS found', where: PASSED, distinct: true };
const REGIONS: Selection = {
  columns: () => 'v."input", v.kind, v.start0, v.end0',
  where: '(v.subject IS NULL OR v.subject = $subject)',
};
const STATED: Selection = { ...REGIONS, where: `${REGIONS.where} AND v.kind IN ('studied', 'uncallable')` };

export function parquetVariantStore({ duckDb, objects, filesOf }: VariantStoreParts): VariantStore {
  const chunks = queryRunner({ duckDb, objects });

  return {
    simple,

    async *alleles(view, questions) {
      const asked = new Map(questions.map((question) => [question.index, question]));
      for await (const batch of simple(
        view,
        questions.map((one) => ({ ...one, ...statableWithin(one, one.context) })),
      )) {
        const equal = batch.filter(({ index, row }) => {
          const question = asked.get(index);
          return question !== undefined && statesEvent(row, question, question.context);
        });
        if (equal.length > 0) yield equal;
      }
    },

    annotated,

    async *structural(view, questions, relation) {
      const query = await structuralQueryOf(view, questions, relation, STRUCTURAL);
      const sources = sourcesIn(query);
      for await (const chunk of chunks(query, ORDER)) yield readStructuralVariants(chunk, sources, view.subject);
    },

    async present(view, questions, relation) {
      const query =
        relation === 'simple'
          ? await rangeQueryOf(view, questions, 'variants', EXISTENCE)
          : await structuralQueryOf(view, questions, relation, EXISTENCE);
      const found = new Set<number>();
      // One question needs one row; more of them are told apart by DISTINCT.
      for await (const chunk of chunks(query, questions.length === 1 ? 'LIMIT 1' : '')) {
        for (const question of chunk.getColumnValues(0)) found.add(Number(question));
      }
      return found;
    },

    coverage,
    regions,
  };

  async function* simple(view: SubjectView, questions: readonly RangeQuestion[]) {
    const query = await rangeQueryOf(view, questions, 'variants', VARIANTS);
    const sources = sourcesIn(query);
    for await (const chunk of chunks(query, ORDER)) yield readVariants(chunk, sources, view.subject);
  }

  async function* annotated(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    consequences?: readonly string[],
  ): AsyncGenerator<readonly Answer<AnnotatedVariant>[]> {
    const [scans, annotations] = await Promise.all([
      scansIn(view, questions, 'variants'),
      sourcesOf(view, 'consequences', filesOf),
    ]);
    const query = annotatedQuery(
      rangeQuery(scans, { subject: view.subject }, NUMBERED),
      scans,
      annotations,
      consequences,
    );
    const sources = sourcesIn(query);
    // A row comes once for each of its annotations, which may go on in the next chunk.
    let open: Answer<AnnotatedVariant & { readonly stated: StatedConsequence[] }> | undefined;
    let last = '';
    for await (const chunk of chunks(query, `${ORDER}, row, ordinal`)) {
      const { rows, stated } = readStated(chunk);
      const done: Answer<AnnotatedVariant>[] = [];
      for (const [place, { index, row }] of readVariants(chunk, sources, view.subject).entries()) {
        const one = stated[place];
        const name = `${index}/${rows[place]}`;
        if (open === undefined || name !== last) {
          if (open !== undefined) done.push(open);
          open = { index, row: { variant: row, stated: [] } };
          last = name;
        }
        if (one !== undefined) open.row.stated.push(one);
      }
      if (done.length > 0) yield done;
    }
    if (open !== undefined) yield [open];
  }

  async function coverage(view: SubjectView, questions: readonly RangeQuestion[]): Promise<CoverageValue[]> {
    const inputs = inputsOf(view);
    const sweeps = new Map(
      questions.map((question) => [question.index, inputs.map(({ stated }) => sweepRegions(spanOf(question), stated))]),
    );
    const places = new Map(inputs.map(({ study, input }, place) => [`${input}#${study}`, place]));
    for await (const { question, study, input, kind, start0, end0 } of regionRows(view, questions)) {
      const place = places.get(`${input}#${study}`);
      if (place !== undefined) sweeps.get(question)?.[place]?.add(kind, start0, end0);
    }
    return questions.map((question) => {
      const covered = sweeps.get(question.index)?.map((sweep): InputCoverage => sweep.finish());
      return coverageOf(spanOf(question), covered ?? []);
    });
  }

  async function regions(view: SubjectView, questions: readonly RangeQuestion[]): Promise<StudyRegions[]> {
    const chromosomes = new Map(questions.map(({ index, chromosome }) => [index, chromosome]));
    const found = new Map<string, StudyRegions & { regions: Interval[] }>();
    for await (const { question, study, kind, start0, end0 } of regionRows(view, questions, STATED)) {
      if (kind !== 'studied' && kind !== 'uncallable') continue;
      const chromosome = chromosomes.get(question) as Chromosome;
      const name = `${kind}/${chromosome}/${study}`;
      const group = found.get(name) ?? { study, kind, chromosome, regions: [] };
      found.set(name, group);
      group.regions.push({ start0: interbase(start0), end0: interbase(end0) });
    }
    return [...found.values()].map((group) => ({
      ...group,
      regions: intersection(group.regions, askedOn(group.chromosome, questions)),
    }));
  }

  /** Regions that touch a question, by question and start0. */
  async function* regionRows(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    selection: Selection = REGIONS,
  ): AsyncGenerator<RegionRow> {
    const query = await rangeQueryOf(view, questions, 'regions', selection);
    const sources = sourcesIn(query);
    for await (const chunk of chunks(query, 'ORDER BY question, start0')) {
      const [question, source, input, kind, start0, end0] = chunk.getColumns() as [...number[][]];
      if (!question || !source || !input || !kind || !start0 || !end0) throw new RangeError('a column is missing');
      for (let row = 0; row < chunk.rowCount; row++) {
        yield {
          question: question[row] as number,
          study: (sources[source[row] as number] as SourceFile).study.id,
          input: input[row] as number,
          kind: kind[row] as unknown as RegionKind,
          start0: start0[row] as number,
          end0: end0[row] as number,
        };
      }
    }
  }

  async function rangeQueryOf(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    kind: 'variants' | 'regions',
    selection: Selection,
  ): Promise<Query> {
    return rangeQuery(await scansIn(view, questions, kind), { subject: view.subject }, selection);
  }

  async function scansIn(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    kind: 'variants' | 'regions',
  ): Promise<readonly Scan[]> {
    const sources = await sourcesOf(view, kind, filesOf);
    return scansOf(sources, questions);
  }

  async function structuralQueryOf(
    view: SubjectView,
    questions: readonly RangeQuestion[],
    relation: StructuralRelation,
    selection: Selection,
  ): Promise<Query> {
    const sources = await sourcesOf(view, 'structural', filesOf);
    return structuralQuery(sources, { subject: view.subject }, questions, relation, selection);
  }
}

interface RegionRow {
  readonly question: number;
  readonly study: string;
  readonly input: number;
  readonly kind: RegionKind;
  readonly start0: number;
  readonly end0: number;
}

const sourcesIn = ({ files }: Query): readonly SourceFile[] => [...files.values()].flat();

/** Inputs of a view, and whether each states what it studied. */
function inputsOf(view: SubjectView) {
  return view.studies.flatMap(({ study, samples }) =>
    [...new Set(samples.map(({ input }) => input))].map((input) => {
      const { studiedRegions = false, referenceBlocks = false } = study.inputs[input] ?? {};
      return { study: study.id, input, stated: studiedRegions || referenceBlocks };
    }),
  );
}

function askedOn(chromosome: Chromosome, questions: readonly RangeQuestion[]): Interval[] {
  const spans = questions.filter((question) => question.chromosome === chromosome).map(spanOf);
  return union(spans.map(({ lo, hi }) => ({ start0: interbase(lo), end0: interbase(hi) })));
}
