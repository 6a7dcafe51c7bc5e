import { STATUS_CODES } from 'node:http';
import { HttpException, type ValidationError } from '@nestjs/common';
import { isUnreachable } from '@perennial/journal';
import { Refused, type RefusalKind } from './refused.js';

/** RFC 9457. `code` is what programs branch on; `instance` finds the log line. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  instance: string;
  /** Fields that can't be used and why; never their values. */
  errors?: FieldProblem[];
}

export interface FieldProblem {
  field: string;
  messages: string[];
}

/** A request that can't be read or used. */
export class RequestProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors?: FieldProblem[],
    /** Headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What class-validator found, as one problem. */
export const invalidRequest = (errors: ValidationError[]): RequestProblem =>
  new RequestProblem(400, 'invalid-request', "Some fields can't be used.", fieldProblems(errors));

function fieldProblems(errors: ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap(({ property, constraints, children = [] }) => {
    const field = parent ? `${parent}.${property}` : property;
    return [
      ...(constraints ? [{ field, messages: Object.values(constraints) }] : []),
      ...fieldProblems(children, field),
    ];
  });
}

const statusOf: Record<RefusalKind, number> = { conflict: 409, invalid: 422, missing: 404 };

/** The answer to an error. What we did not foresee is a 500 that says nothing but where to look. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { status, code, detail, errors } = known(error) ?? {
    status: 500,
    code: 'internal-error',
    detail: 'Something went wrong on our side. The log has it under the id in "instance".',
  };
  return {
    type: `urn:perennial:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    ...(detail ? { detail } : {}),
    code,
    instance: `urn:perennial:request:${requestId}`,
    ...(errors ? { errors } : {}),
  };
}

type Known = Pick<Problem, 'status' | 'code' | 'detail' | 'errors'>;

function known(error: unknown): Known | undefined {
  if (error instanceof Refused)
    return { status: statusOf[error.kind], code: error.code, detail: error.message };
  if (error instanceof RequestProblem) {
    return {
      status: error.status,
      code: error.code,
      detail: error.message,
      ...(error.errors && { errors: error.errors }),
    };
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    // A 5xx thrown on purpose may still quote what caused it.
    return { status, code: codeOf(status), ...(status < 500 && { detail: error.message }) };
  }
  if (isFastifyError(error) && error.statusCode < 500) {
    return { status: error.statusCode, code: codeOf(error.statusCode), detail: error.message };
  }
  if (isUnreachable(error)) {
    return {
      status: 503,
      code: 'temporarily-unavailable',
      detail: "A system that this service needs can't be reached. Try again.",
    };
  }
  return undefined;
}

/** 404 → `not-found`. */
const codeOf = (status: number) => (STATUS_CODES[status] ?? 'error').toLowerCase().replace(/[^a-z]+/g, '-');

const isFastifyError = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  'code' in error &&
  String(error.code).startsWith('FST_');
