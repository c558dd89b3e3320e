import { type ChildProcess, spawn } from 'node:child_process';

/** Runs `work` against a server of its own process and stops it. */
export async function withServer<R>(data: string, work: (base: string) => Promise<R>): Promise<R> {
  const child: ChildProcess = spawn(process.execPath, ['test/bench/server-process.ts', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const base = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => reject(new Error(`the server ended with ${status}`)));
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
  });
  try {
    return await work(base);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Posts a Parameters body with a subject and a list, and reads the answer. @throws unless it is 200 */
export async function postParameters(
  url: string,
  subject: string,
  name: string,
  values: readonly string[],
): Promise<void> {
  const parameter = [
    { name: 'subject', valueString: subject },
    ...values.map((valueString) => ({ name, valueString })),
  ];
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
  const body = await response.text();
  if (response.status !== 200) throw new Error(body);
}

export function postVariants(base: string, subject: string, variants: readonly string[]): Promise<void> {
  return postParameters(`${base}/$find-subject-specific-variants`, subject, 'variants', variants);
}
