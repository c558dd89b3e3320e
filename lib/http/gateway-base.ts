/** The part of an API Gateway request context that tells by which name a request came. */
interface GatewayName {
  readonly domainName?: string | undefined;
  readonly stage: string;
}

/** `[base]` of a request: the configured one, else the name it came by. */
export function gatewayBase({ domainName, stage }: GatewayName, configured: string | undefined): string {
  return configured?.replace(/\/$/, '') ?? `https://${domainName}/${stage}`;
}
