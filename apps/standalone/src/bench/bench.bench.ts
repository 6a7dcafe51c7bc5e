import type { BenchServer } from './bench-server.bench.js';

/** What each benchmark is given. */
export interface Bench {
  server: BenchServer;
  /** Size of the journal. */
  events: number;
  /** Of the lifetime value. */
  customers: number;
  /** Names of the services that are measured, where each is measured by itself. */
  services: ReadonlySet<string>;
  /** Of the journal, where two sizes are compared. */
  sizes: readonly [number, number];
  rounds: number;
  /** For files; goes when the run ends, however it ends. */
  folder: string;
  /** Tells the person at the terminal what is going on. */
  say(what: string): void;
}
