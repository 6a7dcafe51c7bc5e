import type { SystemClient } from '../system/client.js';
import { Refused, Unreachable } from '../system/problem.js';
import { number, Progress } from '../terminal/progress.js';

interface Step {
  events: number;
  of: number;
  stage: string;
  service?: string;
}

type Line<Result> =
  | { progress: Step; problem?: undefined }
  | { result: Result; progress?: undefined; problem?: undefined }
  | { problem: { code?: string; message: string }; progress?: undefined };

/** What passes can be asked for again: it has no verdict. */
const failed = ({ code, message }: { code?: string; message: string }) =>
  code === 'temporarily-unavailable' ? new Unreachable(message) : new Refused(message);

/** Has the system do something that takes time, and shows how far it is. */
export async function operation<Result>(
  client: SystemClient,
  path: string,
  command: object,
  { json = false }: { json?: boolean | undefined },
): Promise<Result> {
  const progress = new Progress({ quiet: json });
  try {
    for await (const line of client.lines<Line<Result>>(path, command)) {
      if (line.problem) throw failed(line.problem);
      if (!line.progress) return line.result;
      const { events, of, stage, service } = line.progress;
      progress.show(
        of ? events / of : 1,
        `${service ?? ''} ${stage}: ${number(events)} of ${number(of)} events`.trim(),
      );
    }
  } finally {
    progress.end();
  }
  throw new Unreachable(`${client.url} ended the connection before the work was done.`);
}
