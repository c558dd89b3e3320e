import type { Athena } from '@aws-sdk/client-athena';
import { InvalidInputError } from '../../genomics/errors.ts';
import type { FarEngine } from '../cohort/engine.ts';
import { areTabled } from './dialect.ts';
import { athenaEngine } from './engine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * More than this of compacted files is asked of Athena. A processor reads 11 MB of them a second, about a byte a row
 * (docs/population.md): this takes a function 12 s of its 120, and a quarter of its disk where it copies files.
 */
const ABOVE_BYTES = 134_217_728;
/** An answer has to come within a request of 120 s. */
const PATIENCE_SECONDS = 100;
/** SDK attempts at one request, throttled ones too. */
const ATTEMPTS = 6;

/**
 * Athena for what is too large for one process: where `GENOMICS_ATHENA_WORKGROUP` and `GENOMICS_ATHENA_DATABASE` are set.
 * `GENOMICS_ATHENA_ABOVE` is in bytes, `GENOMICS_ATHENA_SECONDS` is how long a query may take.
 *
 * @throws InvalidInputError naming the variable at fault
 */
export function athenaSettings(env: Environment): FarEngine | undefined {
  const [workGroup, database] = [env['GENOMICS_ATHENA_WORKGROUP'], env['GENOMICS_ATHENA_DATABASE']];
  const above = whole(env, 'GENOMICS_ATHENA_ABOVE', ABOVE_BYTES);
  const seconds = whole(env, 'GENOMICS_ATHENA_SECONDS', PATIENCE_SECONDS);
  if (!workGroup && !database) return undefined;
  if (!workGroup || !database) {
    throw new InvalidInputError('set both GENOMICS_ATHENA_WORKGROUP and GENOMICS_ATHENA_DATABASE, or neither');
  }
  let client: Promise<Athena> | undefined;
  return {
    engine: athenaEngine({ client: () => (client ??= openClient()), workGroup, database, patience: seconds * 1000 }),
    reads: areTabled,
    above,
  };
}

async function openClient(): Promise<Athena> {
  // Not imported at the top: it would take time of every function's start.
  const sdk = await import('@aws-sdk/client-athena');
  return new sdk.Athena({ maxAttempts: ATTEMPTS });
}

function whole(env: Environment, name: string, otherwise: number): number {
  const text = env[name];
  if (!text) return otherwise;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidInputError(`${name} is '${text}', which is no whole number`);
}
