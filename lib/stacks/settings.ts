import type { Node } from 'constructs';

/** A table that point-in-time recovery made. */
export interface RestoredTable {
  /** Its name. */
  readonly table: string;
  /** ARN of its stream, of keys only. */
  readonly stream: string;
}

/** What whoever deploys may choose, as CDK context: `npx cdk deploy --all -c waf=true`. */
export interface Settings {
  /** A web application firewall before the API; about 10 dollars a month. */
  readonly waf: boolean;
  /** Functions in a VPC of their own without a way to the internet; its endpoints cost about 120 dollars a month. */
  readonly vpc: boolean;
  /** `GENOMICS_ISSUERS`: authorization servers whose tokens are accepted instead of the Cognito user pool. */
  readonly issuers?: string;
  /** Clients of the user pool that act by themselves: their tokens have no audience, so that they are named. */
  readonly backendClients: readonly string[];
  /** Public address of the API, where it has a domain name of its own. */
  readonly baseUrl?: string;
  /** Who is told when something fails. */
  readonly alarmEmail?: string;
  /** Days for which uploaded files are kept after they were ingested. */
  readonly incomingDays: number;
  /** A table restored from a backup, to work with in place of the archive's own. */
  readonly restored?: RestoredTable;
  /** `GENOMICS_MINIMUM_CELL`, `GENOMICS_ROUND_TO`: how far counts of populations are blurred. */
  readonly minimumCell?: number;
  readonly roundTo?: number;
  /** `GENOMICS_POPULATION_BUDGET`: questions about populations that a client may ask in an hour. */
  readonly populationBudget?: number;
}

/** @throws Error naming the setting at fault */
export function settingsOf(node: Node): Settings {
  const text = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    if (value === undefined || value === '') return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const flag = (name: string): boolean => {
    const value = text(name) ?? 'false';
    if (value !== 'true' && value !== 'false') throw new Error(`${name} is '${value}'; say true or false`);
    return value === 'true';
  };
  const issuers = text('issuers');
  const baseUrl = text('baseUrl');
  const alarmEmail = text('alarmEmail');
  const [table, stream] = [text('restoredTable'), text('restoredStream')];
  if ((table === undefined) !== (stream === undefined)) {
    throw new Error('a restored table has a name and a stream: set both restoredTable and restoredStream');
  }
  const whole = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (Number.isSafeInteger(number) && number >= 1) return number;
    throw new Error(`${name} is '${value}', which is no whole number of at least 1`);
  };
  const [minimumCell, roundTo] = [whole('minimumCell'), whole('roundTo')];
  const populationBudget = whole('populationBudget');
  return {
    waf: flag('waf'),
    vpc: flag('vpc'),
    incomingDays: whole('incomingDays') ?? 30,
    backendClients: (text('backendClients') ?? '').split(',').filter((id) => id !== ''),
    ...(issuers === undefined ? {} : { issuers }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    ...(table === undefined || stream === undefined ? {} : { restored: { table, stream } }),
    ...(minimumCell === undefined ? {} : { minimumCell }),
    ...(roundTo === undefined ? {} : { roundTo }),
    ...(populationBudget === undefined ? {} : { populationBudget }),
  };
}
