import { hash } from 'node:crypto';

/**
 * A FHIR id made of what a resource says: the same content has the same id in every answer, on every server.
 *
 * @param prefix a letter or two that tell a person what the id is of
 * @param content values whose JSON text decides; undefined counts as null
 */
export function contentId(prefix: string, content: readonly unknown[]): string {
  // 160 bits: among a billion resources, two alike by chance have odds of 1 in 10^30.
  return `${prefix}-${hash('sha256', JSON.stringify(content)).slice(0, 40)}`;
}
