/** A protection, the text whose replacement removes it, and the test that must then fail. */
export interface Mutant {
  name: string;
  file: string;
  from: string;
  to: string;
  /** The spec's file, and a part of the test's name. */
  noticedBy: [file: string, test: string];
}

export const mutants: Mutant[];
