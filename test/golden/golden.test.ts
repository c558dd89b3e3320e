import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import { operations } from '../../lib/operations/table.ts';
import { EXAMPLE_ARCHIVES } from '../support/example-archives.ts';
import { ask, responseProblems } from '../support/response.ts';

/** A golden request: which archive of test/support/example-archives.ts, and the parsed input. */
interface GoldenRequest {
  readonly about: string;
  readonly archive: keyof typeof EXAMPLE_ARCHIVES;
  readonly input: Readonly<Record<string, unknown>>;
  /** Expected status where it is not 200. */
  readonly status?: number;
}

const SUFFIX = '.request.json';

describe.each(operations.map((operation) => [operation.row.code, operation] as const))('%s', (code, operation) => {
  const folder = new URL(`${code}/`, import.meta.url);
  const requests = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));

  it('has golden files', () => expect(requests.length).toBeGreaterThan(1));

  it.each(requests)('%s', async (file) => {
    const request = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenRequest;
    const ports = EXAMPLE_ARCHIVES[request.archive]();
    const response = new URL(file.replace(SUFFIX, '.response.json'), folder).pathname;
    if (request.status === undefined) {
      const body = await ask(operation, request.input, ports);
      expect(responseProblems(code, body)).toEqual([]);
      await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(response);
    } else {
      const { status, body } = outcomeOf(await ask(operation, request.input, ports).catch((error: unknown) => error));
      expect(status).toBe(request.status);
      await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(response);
    }
  });
});
