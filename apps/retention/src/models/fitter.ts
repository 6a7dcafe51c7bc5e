import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fitModels, type FitBasis } from './fit.js';
import type { FittedModels } from './models.decider.js';

const program = new URL('./fit.thread.js', import.meta.url);
/** Tests run the sources, of which a thread could load none. */
const isBuilt = existsSync(fileURLToPath(program));

/** A fit was given up because the service stops: that says nothing about customers. */
export class FitStopped extends Error {
  override readonly name = 'FitStopped';
}

/**
 * Fits in a thread of its own: with a million customers it takes many seconds, in which the service has to go on
 * answering and to keep its shards.
 */
export class Fitter {
  private worker?: Worker;
  private isStopped = false;

  /** The columns of `basis` are given away: they are empty afterwards. Throws what `fitModels` throws, and FitStopped. */
  async fit(basis: FitBasis): Promise<FittedModels> {
    if (this.isStopped) throw new FitStopped('The service stops.');
    if (!isBuilt) return fitModels(basis);
    const worker = new Worker(program, {
      name: 'fit',
      workerData: basis,
      transferList: columnsOf(basis),
      // What the process was started with is about its own program.
      execArgv: [],
    });
    this.worker = worker;
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new FitStopped(`The fit was ended (${code}).`)));
    });
  }

  /** Gives up what is being fitted, and everything later. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.worker?.terminate();
  }
}

/** Memory of columns that nothing else lies in. A thread that gets it need not copy it. */
function columnsOf(basis: FitBasis): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const look = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
        found.add(value.buffer);
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      Object.values(value).forEach(look);
  };
  look(basis);
  return [...found];
}
