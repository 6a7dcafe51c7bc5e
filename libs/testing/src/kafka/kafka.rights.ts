import kafkajs from 'kafkajs';
import { testUser } from './kafka.artifacts.js';

/** Node sees no names for these in the library. */
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } =
  kafkajs;

/** Settings of a broker that allows nothing to who logs in, and everything to who comes without a login. */
export const onlyWhatIsGranted = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
};

export interface Right {
  on: 'topic' | 'group';
  /** Of this name, or of every name that begins with it. */
  name: string;
  pattern?: 'literal' | 'prefixed';
  may: readonly ('read' | 'write' | 'create' | 'describe')[];
}

const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP };
const PATTERNS = { literal: ResourcePatternTypes.LITERAL, prefixed: ResourcePatternTypes.PREFIXED };
const OPERATIONS = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  describe: AclOperationTypes.DESCRIBE,
};

/** Grants rights to the user of tests; `broker` is an address without a login. */
export async function grant(broker: string, rights: readonly Right[]): Promise<void> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createAcls({
    acl: rights.flatMap(({ on, name, pattern = 'literal', may }) =>
      may.map((operation) => ({
        principal: `User:${testUser.username}`,
        host: '*',
        resourceType: RESOURCES[on],
        resourceName: name,
        resourcePatternType: PATTERNS[pattern],
        operation: OPERATIONS[operation],
        permissionType: AclPermissionTypes.ALLOW,
      })),
    ),
  });
  await admin.disconnect();
}
