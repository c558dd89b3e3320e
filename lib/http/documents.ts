import type { CapabilityStatement, OperationDefinition } from '@medplum/fhirtypes';
import type { AuthorizationServer } from '../auth/authorization-server.ts';
import { capabilityStatement } from '../fhir/capability-statement.ts';
import { operationDefinition } from '../fhir/operation-definition.ts';
import type { OperationRow } from '../operations/row.ts';
import type { UtilityRow } from '../operations/utilities/utility.ts';
import { type OpenApiDocument, openApi } from './openapi.ts';
import { SOFTWARE } from './software.ts';

/** What a server says of itself; the same for everyone, so it needs no authorization. */
export interface Documents {
  readonly capabilityStatement: CapabilityStatement;
  readonly operationDefinitions: readonly OperationDefinition[];
  readonly openApi: OpenApiDocument;
  /** Of the authorization server; undefined when none is described. */
  readonly smartConfiguration: AuthorizationServer | undefined;
}

/** Whether a server checks tokens, and what it tells of the server that issues them. */
export type DescribedSecurity = 'open' | { readonly server: AuthorizationServer | undefined };

interface DocumentOptions {
  /** `[base]`, such as `http://127.0.0.1:8080/fhir`. */
  readonly base: string;
  /** Where OpenAPI paths begin. A path alone works under whatever name the document was loaded by. Default `base`. */
  readonly server?: string;
  readonly security: DescribedSecurity;
  /** Utilities that the server has too. */
  readonly utilities?: readonly UtilityRow[];
}

/** All descriptions of a server, from the rows of its operations. */
export function documentsOf(
  rows: readonly OperationRow[],
  { base, security, server = base, utilities = [] }: DocumentOptions,
): Documents {
  const { version, released } = SOFTWARE;
  return {
    capabilityStatement: capabilityStatement(rows, { base, version, date: released, security }),
    operationDefinitions: rows.map((row) => operationDefinition(row, version)),
    openApi: openApi(rows, { server, version, utilities, authorized: security !== 'open' }),
    smartConfiguration: security === 'open' ? undefined : security.server,
  };
}
