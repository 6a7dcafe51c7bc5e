import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';

interface Task {
  name: string;
  everyMilliseconds: number;
  work: () => Promise<void>;
}

/**
 * What services do by the clock and not because of an event: one task after the other, each again some time after it has
 * ended. Started by the host when everything runs; tests call the work themselves.
 */
@Injectable()
export class Schedule implements BeforeApplicationShutdown {
  private readonly tasks: Task[] = [];
  private readonly timers = new Map<Task, NodeJS.Timeout>();
  private working: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly logger = new Logger('schedule');

  add(name: string, everyMilliseconds: number, work: () => Promise<void>): void {
    this.tasks.push({ name, everyMilliseconds, work });
  }

  start(): void {
    for (const task of this.tasks) this.plan(task, 0);
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await this.working;
  }

  private plan(task: Task, milliseconds: number): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.working = this.working.then(() => this.run(task));
    }, milliseconds);
    this.timers.set(task, timer.unref());
  }

  private async run(task: Task): Promise<void> {
    if (this.stopped) return;
    try {
      await task.work();
    } catch (error) {
      this.logger.error({
        message: 'a scheduled task failed and is tried again',
        task: task.name,
        problem: error instanceof Error ? error.message : String(error),
      });
    }
    this.plan(task, task.everyMilliseconds);
  }
}
