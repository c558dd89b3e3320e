import type { Ports } from './ports.ts';

/** FHIR types an operation parameter may have. */
export type ParameterType =
  | 'string'
  | 'boolean'
  | 'code'
  | 'Period'
  | 'dateTime'
  | 'CodeableConcept'
  | 'Observation'
  | 'Quantity';

/** How clients may search by a string parameter (`OperationDefinition.parameter.searchType`). */
export type SearchType = 'reference' | 'token' | 'special' | 'string';

/** One input parameter, as the published OperationDefinition has it; `doc` is this project's own wording. */
export interface ParameterRow {
  readonly type: 'string' | 'boolean' | 'code' | 'Period';
  readonly searchType?: SearchType;
  readonly min: 0 | 1;
  readonly max: '1' | '*';
  /** What repeating the parameter means; a comma-separated list means "or" either way. "or" when absent. */
  readonly repetition?: 'and';
  readonly doc: string;
}

/** One output parameter; those with `part` have no type of their own. */
export interface OutputRow {
  readonly type?: ParameterType;
  /** Last segment of the allowed profile's URL. */
  readonly profile?: string;
  readonly min: 0 | 1;
  readonly max: '1' | '*';
  readonly doc: string;
  readonly part?: Readonly<Record<string, OutputRow>>;
}

/** Where the reference implementation serves an operation; its clients run here by changing the base URL only. */
export type OperationFamily =
  | 'subject-operations/genotype-operations'
  | 'subject-operations/phenotype-operations'
  | 'subject-operations/metadata-operations'
  | 'population-operations/genotype-operations'
  | 'population-operations/phenotype-operations';

/** Everything about an operation that is data: routes, parsing, OperationDefinition, OpenAPI and CDK come from it. */
export interface OperationRow {
  /** Without `$`. Also the id of the published OperationDefinition. */
  readonly code: string;
  readonly name: string;
  readonly title: string;
  readonly family: OperationFamily;
  readonly doc: string;
  readonly in: Readonly<Record<string, ParameterRow>>;
  readonly out: Readonly<Record<string, OutputRow>>;
  /** A query on the demo cohort, for the API page and the README. */
  readonly example: Readonly<Record<string, string>>;
}

/** FHIR's Period with its bounds as written; partial dates are intervals. */
export interface DateRange {
  /** Each bound is a FHIR search prefix and a date of day, month or year precision; all must hold. */
  readonly bounds: readonly DateBound[];
}

export type DatePrefix = 'eq' | 'ne' | 'lt' | 'gt' | 'ge' | 'le' | 'sa' | 'eb';

export interface DateBound {
  readonly prefix: DatePrefix;
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
  readonly date: string;
}

interface Primitive {
  string: string;
  code: string;
  boolean: boolean;
  Period: DateRange;
}

/** Of a parameter whose repetition means "and": a list for each time it is given, of what may hold each. */
type Value<P extends ParameterRow> = P extends { readonly repetition: 'and' }
  ? readonly (readonly Primitive[P['type']][])[]
  : P['max'] extends '*'
    ? readonly Primitive[P['type']][]
    : Primitive[P['type']];

/** The typed input of an operation: required parameters are required properties. */
export type Input<O extends Pick<OperationRow, 'in'>> = {
  readonly [K in keyof O['in'] as O['in'][K]['min'] extends 1 ? K : never]: Value<O['in'][K]>;
} & {
  readonly [K in keyof O['in'] as O['in'][K]['min'] extends 0 ? K : never]?: Value<O['in'][K]>;
};

/**
 * A checked request, before the first byte of the answer. Everything that can refuse the request has happened; what
 * the answer depends on is named in `dependsOn`, so that an ETag can be made without running the query.
 */
export interface Prepared {
  /** Study ids with versions (and later knowledge and reference releases) that decide the answer. */
  readonly dependsOn: readonly string[];
  /** Pieces of the response body's JSON text, in order. The first is yielded only after the first read succeeded. */
  run(): AsyncIterable<string>;
}

/** A row with its code. `prepare` resolves and checks; `Prepared.run` reads and answers. */
export interface Operation<R extends OperationRow = OperationRow> {
  readonly row: R;
  prepare(input: Input<R>, ports: Ports): Promise<Prepared>;
}
