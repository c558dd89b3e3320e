import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { encryptedLog } from './functions.ts';

/** Requests of one address in five minutes. */
const RATE_LIMIT = 3_000;

/** A web application firewall before the API: a limit per address, and AWS's rules for known bad input and addresses. */
export function addFirewall(scope: Construct, api: RestApi, key: IKey): void {
  const visible = (metricName: string) => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: false,
    metricName,
  });
  const managed = (name: string, priority: number) => ({
    name,
    priority,
    overrideAction: { none: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
    visibilityConfig: visible(name),
  });
  const acl = new CfnWebACL(scope, 'Firewall', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: visible('genomics-archive'),
    rules: [
      {
        name: 'rate',
        priority: 0,
        action: { block: { customResponse: { responseCode: 429 } } },
        statement: { rateBasedStatement: { limit: RATE_LIMIT, aggregateKeyType: 'IP' } },
        visibilityConfig: visible('rate'),
      },
      managed('AWSManagedRulesAmazonIpReputationList', 1),
      managed('AWSManagedRulesKnownBadInputsRuleSet', 2),
    ],
  });
  const log = encryptedLog(scope, 'Firewall-log', key, 'aws-waf-logs-genomics-archive');
  new CfnLoggingConfiguration(scope, 'FirewallLogging', {
    resourceArn: acl.attrArn,
    logDestinationConfigs: [Stack.of(scope).formatArn(logArn(log.logGroupName))],
    // The token, and the question, which names a person.
    redactedFields: [{ singleHeader: { Name: 'authorization' } }, { queryString: {} }],
  });
  new CfnWebACLAssociation(scope, 'FirewallOfStage', {
    resourceArn: api.deploymentStage.stageArn,
    webAclArn: acl.attrArn,
  });
}

/** Without the `:*` that a log group's own ARN ends in, as the firewall wants it. */
const logArn = (resourceName: string) => ({
  service: 'logs',
  resource: 'log-group',
  resourceName,
  arnFormat: ArnFormat.COLON_RESOURCE_NAME,
});
