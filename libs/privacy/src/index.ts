export { decrypt as openBytes, encrypt as sealBytes, UnreadableSeal } from './encryption.js';
export { MasterKeyError } from './master-key.js';
export * from './migrate.js';
export * from './sealing.js';
export { eventIdOf } from './subject-id.js';
export { Vault, type SubjectKey, type VaultOptions } from './vault.js';
