import { InvalidInputError } from '../../genomics/errors.ts';

/** A part of a parsed JSON file, with the path to it for messages. */
export interface JsonNode {
  readonly value: unknown;
  readonly path: string;
}

/** The field of an object; a missing field has the value undefined. @throws InvalidInputError if it is no object */
export function field(node: JsonNode, name: string): JsonNode {
  return { value: objectIn(node)[name], path: `${node.path}.${name}` };
}

/** @throws InvalidInputError */
export function textIn(node: JsonNode): string {
  if (typeof node.value !== 'string' || node.value === '') throw wrong(node, 'text');
  return node.value;
}

/** @throws InvalidInputError */
export function integerIn(node: JsonNode): number {
  if (!Number.isSafeInteger(node.value)) throw wrong(node, 'a whole number');
  return node.value as number;
}

/** @throws InvalidInputError */
export function listIn(node: JsonNode): readonly JsonNode[] {
  if (!Array.isArray(node.value)) throw wrong(node, 'a list');
  return node.value.map((value, index) => ({ value, path: `${node.path}[${index}]` }));
}

/** The fields of an object. @throws InvalidInputError */
export function entriesIn(node: JsonNode): readonly (readonly [string, JsonNode])[] {
  return Object.entries(objectIn(node)).map(([name, value]) => [name, { value, path: `${node.path}.${name}` }]);
}

/** What a reader makes of a value that may be null or missing. */
export function optional<T>(node: JsonNode, read: (node: JsonNode) => T): T | undefined {
  return node.value === null || node.value === undefined ? undefined : read(node);
}

/** @throws InvalidInputError */
export function parsedJson(text: string, name: string): JsonNode {
  try {
    return { value: JSON.parse(text), path: name };
  } catch (cause) {
    throw new InvalidInputError(`${name} is not JSON`, undefined, { cause });
  }
}

function objectIn(node: JsonNode): Readonly<Record<string, unknown>> {
  if (typeof node.value !== 'object' || node.value === null || Array.isArray(node.value))
    throw wrong(node, 'an object');
  return node.value as Readonly<Record<string, unknown>>;
}

function wrong({ path }: JsonNode, expected: string): InvalidInputError {
  return new InvalidInputError(`${path} should be ${expected}`);
}
