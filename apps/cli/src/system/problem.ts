/** An expected problem: a sentence for the reader of a terminal, and the exit code that goes with it. */
export class Problem extends Error {
  override name = 'Problem';

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** Something was looked into and is not as it should be, or was refused. */
export class Refused extends Problem {
  constructor(message: string) {
    super(message, 1);
  }
}

/** The command was called in a way that makes no sense. */
export class UsageProblem extends Problem {
  constructor(message: string) {
    super(message, 2);
  }
}

/** Of sysexits.h: a service is unavailable. */
export const EX_UNAVAILABLE = 69;

export class Unreachable extends Problem {
  constructor(message: string) {
    super(message, EX_UNAVAILABLE);
  }
}

/** EX_CONFIG of sysexits.h. */
export class SettingProblem extends Problem {
  constructor(message: string) {
    super(message, 78);
  }
}
