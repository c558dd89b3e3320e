import type { Node } from 'constructs';

/** What whoever deploys may choose, as CDK context: `npx cdk deploy --all -c waf=true`. */
export interface Settings {
  /** A web application firewall before the API; about 10 dollars a month. */
  readonly waf: boolean;
  /** Functions in a VPC of their own without a way to the internet; its endpoints cost about 115 dollars a month. */
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
  const incomingDays = Number(text('incomingDays') ?? '30');
  if (!Number.isInteger(incomingDays) || incomingDays < 1) throw new Error('incomingDays is no number of days');
  return {
    waf: flag('waf'),
    vpc: flag('vpc'),
    incomingDays,
    backendClients: (text('backendClients') ?? '').split(',').filter((id) => id !== ''),
    ...(issuers === undefined ? {} : { issuers }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
  };
}
