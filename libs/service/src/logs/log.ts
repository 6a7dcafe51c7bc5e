import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import { pretty } from './pretty.js';
import { redact, redactText } from './redaction.js';

export interface LogOptions {
  /** Name of the service, on every line. */
  service: string;
  /** From this level on: trace, debug, info, warn, error, fatal, silent. */
  level?: string;
  /** Absent: standard output, as JSON lines; as readable text on a terminal. */
  destination?: DestinationStream;
}

/** The fields of a line; what names a person or opens a door is taken out. */
export type LogFields = Record<string, unknown>;

/**
 * Structured logs: one JSON object a line with `time`, `level`, `service`, `context`, `message` and the
 * fields given. It is also the logger of Nest itself.
 */
export class Log implements LoggerService {
  private readonly pino: Logger;

  constructor({ service, level = 'info', destination = standardOutput() }: LogOptions) {
    this.pino = pino(
      {
        level,
        base: { service },
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: (error: unknown) => error },
      },
      destination,
    );
  }

  debug(message: unknown, ...rest: unknown[]) {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]) {
    this.write('trace', message, rest);
  }

  log(message: unknown, ...rest: unknown[]) {
    this.write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]) {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]) {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]) {
    this.write('fatal', message, rest);
  }

  /**
   * Nest's convention: the last text is the context. Before it may stand fields, an error, or a stack as
   * text.
   */
  private write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ) {
    if (!this.pino.isLevelEnabled(level)) return;
    const fields: LogFields = {};
    const texts: string[] = [];
    for (const item of [message, ...rest]) {
      if (item instanceof Error) fields.error = redact(item);
      else if (typeof item === 'string') texts.push(redactText(item));
      else if (typeof item === 'object' && item !== null) Object.assign(fields, redact(item));
    }
    const text =
      message instanceof Error
        ? redactText(message.name)
        : typeof message === 'string'
          ? texts.shift()
          : undefined;
    const context = texts.pop();
    if (context) fields.context = context;
    if (texts.length > 0) fields.stack = texts.join('\n');
    this.pino[level](fields, text);
  }
}

const standardOutput = (): DestinationStream =>
  process.stdout.isTTY
    ? { write: (line) => void process.stdout.write(pretty(line)) }
    : pino.destination({ dest: 1, sync: true });
