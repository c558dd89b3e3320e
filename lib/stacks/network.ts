import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { encryptedLog } from './functions.ts';

const ENDPOINTS = {
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Metrics: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  Traces: InterfaceVpcEndpointAwsService.XRAY,
  Queries: InterfaceVpcEndpointAwsService.ATHENA,
  Tables: InterfaceVpcEndpointAwsService.GLUE,
  Keys: InterfaceVpcEndpointAwsService.KMS,
  Images: InterfaceVpcEndpointAwsService.ECR,
  ImageLayers: InterfaceVpcEndpointAwsService.ECR_DOCKER,
} as const;

/** A VPC with a way to what the archive uses and to nothing else, for functions and tasks. */
export function closedVpc(scope: Construct, key: Key): Vpc {
  const vpc = vpcOf(scope, key, SubnetType.PRIVATE_ISOLATED);
  for (const [id, service] of Object.entries(ENDPOINTS)) vpc.addInterfaceEndpoint(id, { service });
  // An interface endpoint lets in what the VPC's own addresses send; their ranges are known when it is deployed.
  acknowledge(vpc, {
    'AwsSolutions-EC23': 'Lets in only the range of the VPC itself, which is known when it is deployed.',
    'HIPAA.Security-EC2RestrictedCommonPorts': 'Lets in only the range of the VPC itself, and only HTTPS.',
    'HIPAA.Security-EC2RestrictedSSH': 'Lets in only the range of the VPC itself, and only HTTPS.',
  });
  return vpc;
}

/**
 * A VPC for tasks that costs nothing while none runs: no NAT gateway and no endpoints with a price. Tasks have a public
 * address to reach AWS by, and nothing may reach them.
 */
export function openVpc(scope: Construct, key: Key): Vpc {
  return vpcOf(scope, key, SubnetType.PUBLIC);
}

function vpcOf(scope: Construct, key: Key, subnetType: SubnetType): Vpc {
  const vpc = new Vpc(scope, 'Network', {
    maxAzs: 2,
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'tasks', subnetType, cidrMask: 24, mapPublicIpOnLaunch: false }].map((subnet) =>
      subnetType === SubnetType.PUBLIC ? subnet : { name: subnet.name, subnetType, cidrMask: subnet.cidrMask },
    ),
    gatewayEndpoints: {
      Files: { service: GatewayVpcEndpointAwsService.S3 },
      Studies: { service: GatewayVpcEndpointAwsService.DYNAMODB },
    },
  });
  vpc.addFlowLog('Flows', { destination: FlowLogDestination.toCloudWatchLogs(encryptedLog(scope, 'Flows-log', key)) });
  acknowledge(vpc, {
    'HIPAA.Security-VPCDefaultSecurityGroupClosed':
      'Nothing uses the default group; closing it takes a function of its own with rights over the network.',
    'HIPAA.Security-VPCNoUnrestrictedRouteToIGW':
      'Without a NAT gateway tasks reach AWS through it; their security group lets nothing in. -c vpc=true does without.',
    'HIPAA.Security-VPCSubnetAutoAssignPublicIpDisabled':
      'No subnet assigns addresses by itself; a task asks for its own.',
  });
  return vpc;
}
