import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from '@medplum/fhirtypes';
import { definitionUrl } from './operation-definition.ts';

/** Who a verified token says asked. */
export interface AuditedAgent {
  readonly issuer: string;
  readonly subject?: string;
  readonly clientId?: string;
  readonly tokenId?: string;
  readonly fhirUser?: { readonly type: string; readonly id: string };
}

/** One request, without anything of a genome: neither what was asked of it nor what was found. */
export interface AuditFacts {
  /** An instant: `2026-11-25T09:15:29.123Z`. */
  readonly recorded: string;
  /** Code of the operation, without `$`. */
  readonly operation: string;
  readonly requestId: string;
  /** `[base]` of this server. */
  readonly base: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Why it was refused, in words of this program. */
  readonly reason?: string;
  /** Absent when no token was accepted. */
  readonly agent?: AuditedAgent;
  /** IP address the request came from. */
  readonly remote?: string;
  /** Id of the subject that was asked about. */
  readonly subject?: string;
  /** Name of the parameter by which subjects were listed, when they were. */
  readonly listed?: string;
}

/**
 * An AuditEvent in the form of IHE's Basic Audit Log Patterns (a query, authorized by an OAuth token). It is no instance
 * of their profile, which wants the whole query: ranges and variants that are asked about a person stay out of logs.
 *
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
export function auditEvent(facts: AuditFacts): AuditEvent {
  const { recorded, operation, base, status, reason } = facts;
  return {
    resourceType: 'AuditEvent',
    type: coding('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'Restful Operation'),
    subtype: [
      coding('http://hl7.org/fhir/restful-interaction', 'operation', 'operation'),
      { system: definitionUrl(operation), code: operation },
    ],
    action: 'E',
    recorded,
    outcome: outcomeOf(status),
    outcomeDesc: reason === undefined ? `HTTP ${status}` : `HTTP ${status}: ${reason}`,
    agent: agents(facts),
    source: {
      observer: { identifier: { value: base }, display: 'genomics-archive' },
      type: [coding('http://terminology.hl7.org/CodeSystem/security-source-type', '4', 'Application Server')],
    },
    entity: entities(facts),
  };
}

/** 0 success, 4 a refusal, 8 a fault of this server. */
function outcomeOf(status: number): '0' | '4' | '8' {
  if (status < 400) return '0';
  return status < 500 ? '4' : '8';
}

function agents({ agent, remote, base }: AuditFacts): AuditEventAgent[] {
  const client: AuditEventAgent = {
    type: { coding: [coding(DICOM, '110153', 'Source Role ID')] },
    ...(agent?.clientId === undefined ? {} : { who: { identifier: { system: agent.issuer, value: agent.clientId } } }),
    requestor: agent === undefined,
    ...(remote === undefined ? {} : { network: { address: remote, type: '2' } }),
  };
  const server: AuditEventAgent = {
    type: { coding: [coding(DICOM, '110152', 'Destination Role ID')] },
    who: { identifier: { value: base } },
    requestor: false,
    network: { address: base, type: '5' },
  };
  if (agent === undefined) return [client, server];
  const { issuer, subject, tokenId, fhirUser } = agent;
  const user: AuditEventAgent = {
    type: { coding: [{ system: `${BALP}/UserAgentTypes`, code: 'UserOauthAgent' }] },
    ...(fhirUser === undefined && subject === undefined ? {} : { who: whoOf(issuer, subject, fhirUser) }),
    requestor: true,
    ...(tokenId === undefined ? {} : { policy: [tokenId] }),
  };
  return [user, client, server];
}

function whoOf(
  issuer: string,
  subject: string | undefined,
  fhirUser: AuditedAgent['fhirUser'],
): NonNullable<AuditEventAgent['who']> {
  return {
    ...(fhirUser === undefined ? {} : { reference: `${fhirUser.type}/${fhirUser.id}` }),
    ...(subject === undefined ? {} : { identifier: { system: issuer, value: subject } }),
  };
}

function entities({ operation, requestId, subject, listed }: AuditFacts): AuditEventEntity[] {
  const query: AuditEventEntity = {
    type: coding(ENTITY_TYPE, '2', 'System Object'),
    role: coding(OBJECT_ROLE, '24', 'Query'),
    query: btoa(`$${operation}`),
    ...(listed === undefined ? {} : { detail: [{ type: listed, valueString: 'true' }] }),
  };
  const transaction: AuditEventEntity = {
    what: { identifier: { value: requestId } },
    type: { system: `${BALP}/BasicAuditEntityType`, code: 'XrequestId' },
  };
  if (subject === undefined) return [query, transaction];
  const patient: AuditEventEntity = {
    what: { reference: `Patient/${subject}` },
    type: coding(ENTITY_TYPE, '1', 'Person'),
    role: coding(OBJECT_ROLE, '1', 'Patient'),
  };
  return [patient, query, transaction];
}

const BALP = 'https://profiles.ihe.net/ITI/BALP/CodeSystem';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

function coding(system: string, code: string, display: string): Coding {
  return { system, code, display };
}
