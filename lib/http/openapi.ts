import { jobPath } from '../operations/routes.ts';
import type { OperationRow, ParameterRow } from '../operations/row.ts';
import { type UtilityRow, utilityRoute } from '../operations/utilities/utility.ts';
import { FHIR_JSON } from './answer.ts';
import { MAX_LIST_VALUES } from './parse-input.ts';

type OpenApiValue = OpenApiNode | readonly OpenApiValue[] | string | number | boolean;

/** A piece of an OpenAPI document; the specification defines what may stand where. */
export interface OpenApiNode {
  readonly [key: string]: OpenApiValue;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: OpenApiNode;
  readonly servers: readonly OpenApiNode[];
  readonly security?: readonly OpenApiNode[];
  readonly tags: readonly OpenApiNode[];
  readonly paths: Readonly<
    Record<string, { readonly get: OpenApiNode; readonly post?: OpenApiNode; readonly delete?: OpenApiNode }>
  >;
  readonly components: OpenApiNode;
}

interface OpenApiOptions {
  /** Where the paths begin: a URL, or a path on the host that serves the document. */
  readonly server: string;
  readonly version: string;
  /** Whether a token is needed. */
  readonly authorized: boolean;
  /** Utilities that the server has too. */
  readonly utilities?: readonly UtilityRow[];
  /** Whether the server hears `Prefer: respond-async`. */
  readonly jobs?: boolean;
}

/**
 * All operations, at their canonical routes, and the discovery routes, as OpenAPI 3.1.
 *
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openApi(rows: readonly OperationRow[], options: OpenApiOptions): OpenApiDocument {
  const { utilities = [], jobs = false } = options;
  const families = [...new Set(rows.map((row) => row.family))];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Genomics archive',
      version: options.version,
      summary: 'HL7 FHIR Genomics Operations over VCF',
      description:
        'Every operation also answers at `/Patient/$...` and at the paths of the reference implementation. ' +
        'In a query, a comma inside a value is written `\\,`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.server }],
    ...(options.authorized ? { security: [{ token: [] }] } : {}),
    tags: [
      ...families.map((family) => ({ name: FAMILIES[family][0], description: FAMILIES[family][1] })),
      ...(utilities.length === 0 ? [] : [{ name: UTILITIES, description: 'Genes and notations, about no subject' }]),
      ...(jobs ? [{ name: LATER, description: 'Requests made with `Prefer: respond-async`' }] : []),
      { name: DISCOVERY, description: 'What this server can do' },
    ],
    paths: {
      ...Object.fromEntries(rows.map((row) => [`/$${row.code}`, operationPath(row, jobs)])),
      ...Object.fromEntries(utilities.map((row) => [utilityRoute(row), utilityPath(row)])),
      ...(jobs ? jobPaths() : {}),
      ...discoveryPaths(),
    },
    components: {
      schemas: SCHEMAS,
      responses: RESPONSES,
      ...(options.authorized ? { securitySchemes: { token: TOKEN } } : {}),
    },
  };
}

const DISCOVERY = 'Discovery';
const LATER = 'Answered later';
const UTILITIES = 'Utilities';

/** Name and meaning of each group of operations. */
const FAMILIES = {
  'subject-operations/genotype-operations': ['Subject: genotype', 'Variants and haplotypes of one subject'],
  'subject-operations/phenotype-operations': ['Subject: phenotype', 'What the variants of one subject mean'],
  'subject-operations/metadata-operations': ['Subject: tests', 'What was tested'],
  'population-operations/genotype-operations': ['Population: genotype', 'Subjects that have variants or haplotypes'],
  'population-operations/phenotype-operations': ['Population: phenotype', 'Subjects whose variants have a meaning'],
} as const satisfies Record<OperationRow['family'], readonly [string, string]>;

function operationPath(row: OperationRow, jobs: boolean): { readonly get: OpenApiNode; readonly post: OpenApiNode } {
  const parameters = Object.entries(row.in);
  const [sentence = row.title] = row.doc.split(/\.(?: |$)/, 1);
  const shared = { summary: sentence, description: row.doc, tags: [FAMILIES[row.family][0]] };
  const responses = {
    '200': {
      description: 'The answer',
      headers: { ETag: { description: 'Changes when the answer may have changed', schema: { type: 'string' } } },
      content: { [FHIR_JSON]: { schema: { $ref: '#/components/schemas/Parameters' } } },
    },
    ...(jobs ? { '202': ACCEPTED } : {}),
    ...errors('400', '401', '403', '404', '406', '413', '422', '429', '500', '503'),
  };
  const prefer = jobs ? [PREFER] : [];
  return {
    get: {
      operationId: row.code,
      ...shared,
      parameters: [
        ...parameters.map(([name, parameter]) => queryParameter(name, parameter, row.example[name])),
        ...prefer,
      ],
      responses: { ...responses, '304': { description: 'Unchanged since the ETag in If-None-Match' } },
    },
    post: {
      operationId: `${row.code}-post`,
      ...shared,
      ...(jobs ? { parameters: prefer } : {}),
      requestBody: {
        required: true,
        content: {
          [FHIR_JSON]: {
            schema: { $ref: '#/components/schemas/Parameters' },
            example: parametersExample(row),
          },
          'application/x-www-form-urlencoded': { schema: formSchema(row) },
        },
      },
      responses: { ...responses, ...errors('415') },
    },
  };
}

function utilityPath(row: UtilityRow): { readonly get: OpenApiNode } {
  const [sentence = row.code] = row.doc.split(/\.(?: |$)/, 1);
  return {
    get: {
      operationId: row.code,
      summary: sentence,
      description: row.doc,
      tags: [UTILITIES],
      parameters: Object.entries(row.in).map(([name, parameter]) => queryParameter(name, parameter, row.example[name])),
      responses: {
        '200': {
          description: 'The answer, as the reference implementation gives it',
          content: { 'application/json': { schema: { type: ['object', 'array'] } } },
        },
        ...errors('400', '401', '406', '422', '500', '503'),
      },
    },
  };
}

function queryParameter(name: string, row: ParameterRow, example: string | undefined): OpenApiNode {
  return {
    name,
    in: 'query',
    required: row.min === 1,
    description: row.doc,
    schema: schemaOf(row),
    // A list is written with commas; dates, which must all hold, are repeated.
    ...(isList(row) ? { style: 'form', explode: row.type === 'Period' } : {}),
    ...(example === undefined ? {} : { example: exampleValue(row, example) }),
  };
}

function isList(row: ParameterRow): boolean {
  return row.max === '*' || row.type === 'Period';
}

function schemaOf(row: ParameterRow): OpenApiNode {
  if (row.type === 'boolean') return { type: 'boolean' };
  if (row.type === 'Period') {
    const pattern = '^(eq|ne|lt|gt|ge|le|sa|eb)?\\d{4}(-\\d{2}(-\\d{2})?)?$';
    return { type: 'array', items: { type: 'string', pattern }, minItems: 1, maxItems: 2 };
  }
  if (row.max === '*') return { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: MAX_LIST_VALUES };
  return { type: 'string', minLength: 1 };
}

function exampleValue(row: ParameterRow, example: string): readonly string[] | string | boolean {
  if (isList(row)) return example.split(',');
  return row.type === 'boolean' ? example === 'true' : example;
}

function formSchema(row: OperationRow): OpenApiNode {
  const entries = Object.entries(row.in);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, p]) => [name, { ...schemaOf(p), description: p.doc }])),
    required: entries.filter(([, p]) => p.min === 1).map(([name]) => name),
  };
}

/** The example as a `Parameters` resource: lists by repetition, dates as a Period. */
function parametersExample(row: OperationRow): OpenApiNode {
  const parameter = Object.entries(row.example).flatMap(([name, text]): OpenApiNode[] => {
    const given = row.in[name];
    if (given === undefined) return [];
    if (given.type === 'boolean') return [{ name, valueBoolean: text === 'true' }];
    if (given.type === 'Period') return [{ name, valuePeriod: periodExample(text) }];
    const key = given.type === 'code' ? 'valueCode' : 'valueString';
    // Where repetition means "and", a list of alternatives is one value.
    const repeated = given.max === '*' && given.repetition !== 'and';
    return (repeated ? text.split(',') : [text]).map((value) => ({ name, [key]: value }));
  });
  return { resourceType: 'Parameters', parameter };
}

function periodExample(text: string): OpenApiNode {
  const date = (prefix: string) =>
    text
      .split(',')
      .find((bound) => bound.startsWith(prefix))
      ?.slice(2);
  const [start, end] = [date('ge'), date('le')];
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

const PREFER = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: '`respond-async`: answer later, for questions that take longer than a request may',
  schema: { type: 'string', enum: ['respond-async'] },
} as const satisfies OpenApiNode;

const ACCEPTED = {
  description: 'With `Prefer: respond-async`: `Content-Location` says where the answer will be',
  headers: {
    'Content-Location': { description: 'Below `/async/`', schema: { type: 'string', format: 'uri' } },
  },
} as const satisfies OpenApiNode;

/** @see https://hl7.org/fhir/R4/async.html */
function jobPaths(): Readonly<Record<string, { readonly get: OpenApiNode; readonly delete: OpenApiNode }>> {
  const shared = {
    tags: [LATER],
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
  };
  return {
    [jobPath('{id}')]: {
      get: {
        operationId: 'async-answer',
        summary: 'What the operation answers, once it has; only for the client and the person who asked',
        ...shared,
        responses: {
          '200': {
            description: 'The answer, kept until `Expires`',
            content: { [FHIR_JSON]: { schema: { $ref: '#/components/schemas/Parameters' } } },
          },
          '202': {
            description: 'Not yet: look again after `Retry-After` seconds',
            headers: { 'X-Progress': { description: 'waiting or running', schema: { type: 'string' } } },
          },
          ...errors('401', '403', '404', '406', '422', '500', '503'),
        },
      },
      delete: {
        operationId: 'async-cancel',
        summary: 'End it and forget the answer',
        ...shared,
        responses: { '202': { description: 'It is ended' }, ...errors('401', '403', '404', '503') },
      },
    },
  };
}

function discoveryPaths(): Readonly<Record<string, { readonly get: OpenApiNode }>> {
  const get = (operationId: string, summary: string, type: string, parameters: readonly OpenApiNode[] = []) => ({
    get: {
      operationId,
      summary,
      tags: [DISCOVERY],
      security: [],
      parameters,
      responses: {
        '200': { description: summary, content: { [type]: { schema: { type: 'object' } } } },
        ...errors('404', '406'),
      },
    },
  });
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  return {
    '/metadata': get('metadata', 'CapabilityStatement', FHIR_JSON),
    '/OperationDefinition': get('operation-definitions', 'All OperationDefinitions, as a Bundle', FHIR_JSON),
    '/OperationDefinition/{id}': get('operation-definition', 'One OperationDefinition', FHIR_JSON, [id]),
    '/openapi.json': get('openapi', 'This document', 'application/json'),
    '/.well-known/smart-configuration': get('smart-configuration', 'Where tokens come from', 'application/json'),
  };
}

const TOKEN = {
  type: 'http',
  scheme: 'bearer',
  description: 'An access token with SMART scopes, from the server that `.well-known/smart-configuration` names',
} as const satisfies OpenApiNode;

const MEANINGS = {
  '400': 'A parameter is malformed or missing; `expression` names it',
  '401': 'Who is asking is not known',
  '403': 'Who is asking may not',
  '404': 'The subject or the operation is not known',
  '406': 'Only application/fhir+json can be answered',
  '413': 'More is asked than one request may ask',
  '415': 'The body is neither a Parameters resource nor a form',
  '422': "The subject's data can't be compared with the question, or a liftover failed",
  '429': 'Too many requests; try again later',
  '500': 'A fault of this server',
  '503': 'Something that the answer needs can not be read now; try again later',
} as const;

function errors(...statuses: readonly (keyof typeof MEANINGS)[]): Readonly<Record<string, OpenApiNode>> {
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${status}` }]));
}

const RESPONSES: OpenApiNode = Object.fromEntries(
  Object.entries(MEANINGS).map(([status, description]) => [
    status,
    { description, content: { [FHIR_JSON]: { schema: { $ref: '#/components/schemas/OperationOutcome' } } } },
  ]),
);

const TEXT = { type: 'string' } as const;

const SCHEMAS = {
  Parameters: {
    type: 'object',
    description: 'FHIR R4 Parameters',
    externalDocs: { url: 'https://hl7.org/fhir/R4/parameters.html' },
    properties: {
      resourceType: { const: 'Parameters' },
      parameter: { type: 'array', items: { $ref: '#/components/schemas/Parameter' } },
    },
    required: ['resourceType'],
  },
  Parameter: {
    type: 'object',
    properties: {
      name: TEXT,
      valueString: TEXT,
      valueCode: TEXT,
      valueBoolean: { type: 'boolean' },
      valuePeriod: { type: 'object', properties: { start: TEXT, end: TEXT } },
      resource: { type: 'object' },
      part: { type: 'array', items: { $ref: '#/components/schemas/Parameter' } },
    },
    required: ['name'],
  },
  OperationOutcome: {
    type: 'object',
    description: 'FHIR R4 OperationOutcome',
    externalDocs: { url: 'https://hl7.org/fhir/R4/operationoutcome.html' },
    properties: {
      resourceType: { const: 'OperationOutcome' },
      issue: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            severity: TEXT,
            code: TEXT,
            diagnostics: TEXT,
            expression: { type: 'array', items: TEXT },
          },
          required: ['severity', 'code'],
        },
      },
    },
    required: ['resourceType', 'issue'],
  },
} as const satisfies OpenApiNode;
