import { NotReadyError } from '../genomics/errors.ts';
import type { Ports } from '../operations/ports.ts';

/** How long a look holds. Another table is another environment, and so another process; this is for the rest. */
const HOLDS_MS = 5 * 60_000;

/**
 * Keeps ports from saying anything of anybody while there are erasures that the table does not know of: it was restored
 * from before them. The first look begins at once, beside whatever else starts, and is over before the first answer.
 *
 * @param unreplayed looks for such erasures
 */
export function replayGate(
  unreplayed: () => Promise<readonly string[]>,
  now: () => number = Date.now,
): (ports: Ports) => Ports {
  let latest: { readonly at: number; readonly look: Promise<void> } | undefined;
  const replayed = (): Promise<void> => {
    if (latest !== undefined && now() - latest.at < HOLDS_MS) return latest.look;
    const look = refuseAny(unreplayed);
    const mine = { at: now(), look };
    latest = mine;
    // A failure does not hold: the next question looks again.
    look.catch(() => {
      if (latest === mine) latest = undefined;
    });
    return look;
  };
  replayed().catch(() => undefined);
  /** Side by side, and never one without the other. */
  const after = async <T>(answer: Promise<T>): Promise<T> => (await Promise.all([answer, replayed()]))[0];
  return (ports) => ({
    ...ports,
    studies: { subject: (subject) => after(ports.studies.subject(subject)) },
    population: () => after(ports.population()),
  });
}

/** @throws NotReadyError, UnavailableError */
async function refuseAny(unreplayed: () => Promise<readonly string[]>): Promise<void> {
  const { length } = await unreplayed();
  if (length === 0) return;
  throw new NotReadyError(
    'The archive is being restored and does not answer yet',
    `the table was restored from before ${length} erasures; run 'genomics subjects replay' (docs/restore.md)`,
  );
}
