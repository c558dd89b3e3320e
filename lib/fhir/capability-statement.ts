import type {
  CapabilityStatement,
  CapabilityStatementRestResourceOperation,
  CapabilityStatementRestSecurity,
} from '@medplum/fhirtypes';
import { CANONICAL, IG } from './canonical.ts';
import { type DescribedOperation, definitionUrl } from './operation-definition.ts';

/** What a CapabilityStatement says of the running server. */
export interface ServerFacts {
  /** `[base]`, such as `http://127.0.0.1:8080/fhir`. */
  readonly base: string;
  /** Version of the software. */
  readonly version: string;
  /** When this version was made, `YYYY-MM-DD`. */
  readonly date: string;
  readonly security: ServerSecurity;
}

/** Endpoints of the authorization server that SMART discovery told of before there was a document for it. */
export interface AuthorizationEndpoints {
  readonly authorization_endpoint?: string;
  readonly token_endpoint: string;
  readonly registration_endpoint?: string;
  readonly management_endpoint?: string;
  readonly introspection_endpoint?: string;
  readonly revocation_endpoint?: string;
}

/** `open` when nobody is asked who they are. The server that issues tokens may be unknown. */
export type ServerSecurity = 'open' | { readonly server: AuthorizationEndpoints | undefined };

const DOCUMENTATION = [
  'Ranges are 0-based and half-open, on chromosomes of GRCh37 or GRCh38.',
  'A record is compared only with ranges of its own assembly. Where a subject also has results in the other one, and they cannot be carried over, the answer is 422 and never a negative.',
  'Simple operations answer every allele stated as sequence; a record matches by its trimmed allele, and an insertion point p matches a range when start <= p < end.',
  'Structural operations answer symbolic alleles, breakends and length changes of 50 bases or more. Intersecting takes uncertain ends as far as they may reach; subsuming counts only what is certain.',
  'Records whose FILTER is neither PASS nor missing are not answered.',
  `Each variants group carries the extension ${CANONICAL}/StructureDefinition/range-coverage (covered, partly, not-covered or unknown): how much of the range the subject's tests could have seen.`,
  'Repeating a list parameter means OR; repeating testDateRange means AND.',
].join('\n\n');

/** What this server can do. Every operation is served on the system and on the type Patient. */
export function capabilityStatement(
  operations: readonly DescribedOperation[],
  { base, version, date, security }: ServerFacts,
): CapabilityStatement {
  const listed: CapabilityStatementRestResourceOperation[] = operations.map(({ code, doc }) => ({
    name: code,
    definition: definitionUrl(code),
    documentation: doc,
  }));
  return {
    resourceType: 'CapabilityStatement',
    url: `${CANONICAL}/CapabilityStatement/genomics-archive`,
    version,
    name: 'GenomicsArchive',
    title: 'Genomic archive',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'genomics-archive', version },
    implementation: { description: 'Genomic archive that answers the FHIR Genomics Operations', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    implementationGuide: [`${IG}/ImplementationGuide/hl7.fhir.uv.genomics-reporting`],
    rest: [
      {
        mode: 'server',
        documentation: DOCUMENTATION,
        ...(security === 'open' ? {} : { security: securityOf(security.server) }),
        resource: [
          { type: 'Patient', operation: listed },
          { type: 'OperationDefinition', interaction: [{ code: 'read' }, { code: 'search-type' }] },
        ],
        operation: listed,
      },
    ],
  };
}

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** Old clients look for the endpoints here; new ones at `.well-known/smart-configuration`. */
function securityOf(server: AuthorizationEndpoints | undefined): CapabilityStatementRestSecurity {
  const description = 'Every operation needs an OAuth 2 access token with SMART scopes';
  if (server === undefined) return { cors: true, description };
  const uris = [
    ['authorize', server.authorization_endpoint],
    ['token', server.token_endpoint],
    ['register', server.registration_endpoint],
    ['manage', server.management_endpoint],
    ['introspect', server.introspection_endpoint],
    ['revoke', server.revocation_endpoint],
  ] as const;
  return {
    cors: true,
    description,
    service: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
            code: 'SMART-on-FHIR',
            display: 'SMART-on-FHIR',
          },
        ],
      },
    ],
    extension: [
      {
        url: OAUTH_URIS,
        extension: uris.flatMap(([url, valueUri]) => (valueUri === undefined ? [] : [{ url, valueUri }])),
      },
    ],
  };
}
