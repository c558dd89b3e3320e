import { readFileSync } from 'node:fs';
import type { OperationDefinition, StructureDefinition } from '@medplum/fhirtypes';

const PACKAGE = new URL('../../node_modules/hl7.fhir.uv.genomics-reporting/', import.meta.url);

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, PACKAGE), 'utf8')) as T;
}

/** An operation as the Implementation Guide publishes it. */
export function publishedOperation(code: string): OperationDefinition {
  return read(`OperationDefinition-${code}.json`);
}

/** A profile of the Implementation Guide, with its snapshot. */
export function publishedProfile(id: string): StructureDefinition {
  return read(`StructureDefinition-${id}.json`);
}

/** An example resource of the Implementation Guide. */
export function publishedExample<T>(name: string): T {
  return read(`example/${name}.json`);
}
