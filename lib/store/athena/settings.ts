import { AthenaClient } from '@aws-sdk/client-athena';
import { InvalidInputError } from '../../genomics/errors.ts';
import type { FarEngine } from '../cohort/engine.ts';
import { areTabled } from './dialect.ts';
import { athenaEngine } from './engine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * More than this of compacted files is asked of Athena. A function reads about 50 MB of them a second (docs/benchmarks.md),
 * and has 512 MB of disk for those it copies; Athena needs some seconds for any question.
 */
const ABOVE_BYTES = 268_435_456;
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
  const client = new AthenaClient({ maxAttempts: ATTEMPTS });
  return {
    engine: athenaEngine({ client, workGroup, database, patience: seconds * 1000 }),
    reads: areTabled,
    above,
  };
}

function whole(env: Environment, name: string, otherwise: number): number {
  const text = env[name];
  if (!text) return otherwise;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidInputError(`${name} is '${text}', which is no whole number`);
}
