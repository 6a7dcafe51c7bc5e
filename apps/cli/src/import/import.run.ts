import type { Connected } from '../system/system.js';
import { number, paceOf, Progress } from '../terminal/progress.js';
import type { Mapping } from './mapping.schema.js';
import { OrderFile, type OrderFileOptions, type Rejection } from './order-file.js';
import { Sender } from './sender.js';

/** What an import did. */
export interface Summary {
  file: string;
  /** Lines read, without the header. */
  lines: number;
  orders: number;
  returns: number;
  /** Names of products. */
  products: number;
  /** Events that are recorded now. */
  accepted: number;
  /** Events that had been recorded before. */
  duplicates: number;
  /** What could not be imported, counted by the code of its reason. */
  rejected: Record<string, number>;
  seconds: number;
  /** Subject of the first order: one to look at. */
  firstSubject?: string;
}

export type Totals = Pick<Summary, 'orders' | 'returns' | 'products'>;

/** What is done with the items of a file. */
interface Sink {
  event(event: object): Promise<void>;
  reject(rejection: Rejection): Promise<void>;
  finish(): Promise<void>;
  settle(): Promise<void>;
  accepted: number;
  duplicates: number;
  rejected: Record<string, number>;
}

const kinds = {
  'order.placed': 'orders',
  'order.returned': 'returns',
  'product.listed': 'products',
} as const;

export interface ImportRun {
  name: string;
  mapping: Mapping;
  options: OrderFileOptions;
  quiet: boolean;
  /** Told what has been done when the import ends early, before its error is thrown. */
  endedEarly?: (summary: Summary) => void;
}

/** Sends all that a file holds. */
export const importFile = (run: ImportRun, { client, signal }: Connected): Promise<Summary> =>
  pour(run, new Sender({ client, signal, source: run.mapping.source }), signal);

/** Reads a file without sending anything; `reject` is told of each bad line. */
export async function tryFile(
  run: ImportRun,
  signal: AbortSignal,
  reject: (rejection: Rejection) => void,
): Promise<Summary> {
  const rejected: Record<string, number> = {};
  const sink: Sink = {
    accepted: 0,
    duplicates: 0,
    rejected,
    event: async () => undefined,
    reject: async (rejection) => {
      rejected[rejection.code] = (rejected[rejection.code] ?? 0) + 1;
      reject(rejection);
    },
    finish: async () => undefined,
    settle: async () => undefined,
  };
  return pour(run, sink, signal);
}

async function pour(run: ImportRun, sink: Sink, signal: AbortSignal): Promise<Summary> {
  const { name, mapping, options, quiet, endedEarly } = run;
  const began = performance.now();
  let firstSubject: string | undefined;
  const totals: Totals = { orders: 0, returns: 0, products: 0 };
  const orderFile = await OrderFile.open(name, mapping, options);
  const progress = new Progress({ quiet });
  const seconds = () => (performance.now() - began) / 1000;
  const summary = (): Summary => ({
    file: name,
    lines: orderFile.lines,
    ...totals,
    accepted: sink.accepted,
    duplicates: sink.duplicates,
    rejected: sink.rejected,
    seconds: Math.round(seconds() * 10) / 10,
    ...(firstSubject !== undefined && { firstSubject }),
  });
  try {
    for await (const { event, rejection } of orderFile.items()) {
      signal.throwIfAborted();
      if (rejection) await sink.reject(rejection);
      else {
        totals[kinds[event.type]]++;
        if (event.type === 'order.placed') firstSubject ??= event.subject;
        await sink.event(event);
      }
      const { part } = orderFile;
      progress.show(part, `${number(orderFile.lines)} lines, ${paceOf(orderFile.lines, part, seconds())}`);
    }
    await sink.finish();
    return summary();
  } catch (error) {
    // What came before the place where the file can't be read further is good.
    await (signal.aborted ? sink.settle() : sink.finish().catch(() => undefined));
    endedEarly?.(summary());
    throw error;
  } finally {
    progress.end();
  }
}
