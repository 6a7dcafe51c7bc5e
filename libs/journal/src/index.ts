export * from './journal.port.js';
