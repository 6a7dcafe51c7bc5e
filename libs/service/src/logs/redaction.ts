const REDACTED = '[redacted]';

/** Fields whose value never belongs in a log, whatever it is. */
const secretName =
  /^(authorization|proxy-?authorization|cookie|set-?cookie|password|passwd|secret|token|access_?token|refresh_?token|id_?token|api_?key|x-api-key|write_?key|master_?key|token_?secret|subject|subjects|ce-?subject|e-?mails?|phone|anonymous_?id|user_?id|traits|body|parameters)$/i;

/** Namespaces of subjects that name people. */
const namespaces =
  'user|anonymous|email|phone|card|device|cookie|account|member|loyalty|company|household|session';

const patterns: [RegExp, string][] = [
  // postgres://name:password@host, before the e-mail addresses, which that looks like.
  [/(\/\/[^\s:@/"]*):[^\s@/"]+@/g, `$1:${REDACTED}@`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  [/\bwk_[\w-]+/g, REDACTED],
  [new RegExp(`\\b(${namespaces})(:|%3A)(?=[^\\s:/])(?:\\\\.|[^\\s"',)\\]}\\\\])+`, 'gi'), `$1:${REDACTED}`],
  [/[\p{L}\p{N}._%+-]+(?:@|%40)(?!redacted)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/giu, REDACTED],
];

/** Takes out of a text what could name a person or open a door, by its form. */
export const redactText = (text: string): string =>
  patterns.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);

/** A copy of a value that may be logged: secret fields by their name, texts by their form, errors without data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > 5) return '[…]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      redactText(name),
      secretName.test(name) ? REDACTED : redact(item, depth + 1),
    ]),
  );
}

/** Of a database's error, what tells the fault but not the row. `detail`, `where` and the query hold values. */
const harmless = [
  'code',
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
  'syscall',
  'status',
];

export interface DescribedError {
  type: string;
  message: string;
  stack: string;
  [field: string]: unknown;
}

/** An error without the data that it was about. */
export function describeError(error: Error, depth = 0): DescribedError {
  const fields = Object.entries(error).filter(([name]) => harmless.includes(name));
  return {
    type: error.constructor.name,
    message: messageWithoutData(error),
    // The first lines of a stack repeat the message.
    stack: redactText(
      (error.stack ?? '')
        .split('\n')
        .filter((line) => /^\s+at /.test(line))
        .join('\n'),
    ),
    ...Object.fromEntries(fields.map(([name, value]) => [name, redact(value, 5)])),
    ...(error.cause instanceof Error && depth < 5 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/**
 * PostgreSQL and JSON.parse quote what they could not read: `invalid input syntax for type uuid: "…"`,
 * `Unexpected token 'a', "…" is not valid JSON`.
 */
function messageWithoutData(error: Error): string {
  const isFromDatabase = 'severity' in error || 'routine' in error || 'driverError' in error;
  const quotes = isFromDatabase ? /: ".*"/gs : error instanceof SyntaxError ? /".*"|'.*'/gs : undefined;
  return redactText(quotes ? error.message.replace(quotes, ': …') : error.message);
}
