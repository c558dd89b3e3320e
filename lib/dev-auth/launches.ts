import { randomBytes } from 'node:crypto';

/** What the EHR page decided when it launched an app. */
export interface Launch {
  /** Who is signed in to the EHR page: nobody else may use the launch. */
  readonly person: string;
  /** Subject id. */
  readonly patient: string;
  /** The app that it is for. */
  readonly client: string;
  /** Whether the app must show whose record it is: not where the EHR page shows it around the app. */
  readonly banner: boolean;
}

/** Launches that wait for their app. */
export interface Launches {
  /** Keeps a launch and gives its opaque id. */
  add(launch: Launch): string;
  /** The launch of an id; undefined when it is unknown, used or too old. */
  find(id: string): Launch | undefined;
  /** Takes a launch out: the second caller gets nothing. */
  take(id: string): Launch | undefined;
}

/** Long enough to sign in on the way, too short to be found in a history. */
const LIFETIME_MS = 5 * 60_000;
const MOST = 1_000;

/** Launches in memory; `now` in ms since the epoch. */
export function newLaunches(now: () => number = Date.now): Launches {
  const kept = new Map<string, { readonly launch: Launch; readonly until: number }>();
  const find = (id: string): Launch | undefined => {
    const entry = kept.get(id);
    return entry !== undefined && now() < entry.until ? entry.launch : undefined;
  };
  return {
    add(launch) {
      for (const [id, { until }] of kept) if (until <= now() || kept.size >= MOST) kept.delete(id);
      const id = randomBytes(24).toString('base64url');
      kept.set(id, { launch, until: now() + LIFETIME_MS });
      return id;
    },
    find,
    take(id) {
      const launch = find(id);
      kept.delete(id);
      return launch;
    },
  };
}
