import type { Extension, OperationDefinition, OperationDefinitionParameter } from '@medplum/fhirtypes';
import { CANONICAL, IG, profileUrl } from './canonical.ts';

/** A parameter as the operation table describes it. */
interface DescribedParameter {
  readonly type?: NonNullable<OperationDefinitionParameter['type']>;
  readonly searchType?: NonNullable<OperationDefinitionParameter['searchType']>;
  readonly profile?: string;
  readonly min: number;
  readonly max: string;
  readonly doc: string;
  readonly part?: Readonly<Record<string, DescribedParameter>>;
}

/** An operation as the operation table describes it. */
export interface DescribedOperation {
  readonly code: string;
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly in: Readonly<Record<string, DescribedParameter>>;
  readonly out: Readonly<Record<string, DescribedParameter>>;
}

/** URL of this server's definition of an operation. */
export function definitionUrl(code: string): string {
  return `${CANONICAL}/OperationDefinition/${code}`;
}

/**
 * An operation as an OperationDefinition. It is based on the published one and says what that leaves open: the name
 * to call it by, and that it is served on the system and on the type Patient.
 */
export function operationDefinition(operation: DescribedOperation, version: string): OperationDefinition {
  const { code, name, title, doc } = operation;
  return {
    resourceType: 'OperationDefinition',
    id: code,
    url: definitionUrl(code),
    version,
    name,
    title,
    status: 'active',
    kind: 'operation',
    description: doc,
    affectsState: false,
    code,
    base: `${IG}/OperationDefinition/${code}`,
    resource: ['Patient'],
    system: true,
    type: true,
    instance: false,
    parameter: [...parameters('in', operation.in), ...parameters('out', operation.out)],
  };
}

function parameters(
  use: 'in' | 'out',
  described: Readonly<Record<string, DescribedParameter>>,
): OperationDefinitionParameter[] {
  return Object.entries(described).map(([name, { type, searchType, profile, min, max, doc, part }]) => ({
    ...(profile === undefined ? {} : { extension: [allowedProfile(profile)] }),
    name,
    use,
    min,
    max,
    documentation: doc,
    ...(type === undefined ? {} : { type }),
    ...(searchType === undefined ? {} : { searchType }),
    ...(part === undefined ? {} : { part: parameters(use, part) }),
  }));
}

/** `targetProfile` is for references; the guide names the profile of a returned resource by this extension. */
function allowedProfile(profile: string): Extension {
  return {
    url: 'http://hl7.org/fhir/StructureDefinition/operationdefinition-profile',
    valueUri: profileUrl(profile),
  };
}
