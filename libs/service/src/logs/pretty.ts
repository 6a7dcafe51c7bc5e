const colours: Record<string, number> = { fatal: 31, error: 31, warn: 33, info: 32, debug: 36, trace: 90 };

/** A log line for a reader at a terminal: `12:00:01 info context message field=value`. */
export function pretty(line: string): string {
  const { time, level, message, context, service, error, stack, ...fields } = JSON.parse(line) as Record<
    string,
    unknown
  > & {
    time: string;
    level: string;
    error?: { type: string; message: string; stack: string };
    stack?: string;
  };
  const words = [
    time.slice(11, 19),
    `\x1b[${colours[level] ?? 0}m${level.padEnd(5)}\x1b[0m`,
    `\x1b[90m${String(context ?? service)}\x1b[0m`,
    message,
    ...Object.entries(fields).map(([name, value]) => `\x1b[90m${name}=\x1b[0m${shown(value)}`),
    error && `${error.type}: ${error.message}\n${error.stack}`,
    stack && `\n${stack}`,
  ];
  return `${words.filter(Boolean).join(' ')}\n`;
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
