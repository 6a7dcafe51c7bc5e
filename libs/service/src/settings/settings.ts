import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';

/** sysexits.h: the configuration is wrong. Restarting will not help. */
export const EX_CONFIG = 78;

/** What is wrong with the environment: every problem at once, one a line, no values (they may be secret). */
export class SettingsError extends Error {
  readonly exitCode = EX_CONFIG;

  constructor(readonly problems: string[]) {
    super(`The settings can't be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `journalUrl` is the setting JOURNAL_URL. */
export const environmentName = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/**
 * Reads a class of settings from the environment: each property that carries a class-validator decorator,
 * under its name in capitals. `<NAME>_FILE` names a file that holds the value, as container platforms
 * mount secrets. An empty value is no value. Lists are separated by commas; `true` and `false` are
 * booleans. A class may check what concerns several properties in a method `problems(): string[]`.
 * Throws a SettingsError.
 */
export function settings<Settings extends object>(
  Class: new () => Settings,
  environment: Environment = process.env,
): Settings {
  const result = new Class();
  const problems: string[] = [];
  /** What can't be read is told already, and is not missing as well. */
  const unread = new Set<string>();
  for (const property of propertiesOf(Class)) {
    const told = problems.length;
    const text = valueOf(environmentName(property), environment, problems);
    if (problems.length > told) unread.add(property);
    if (text !== undefined) Object.assign(result, { [property]: converted(text, result, property) });
  }
  const found = validateSync(result, { validationError: { target: false, value: false } });
  problems.push(...found.filter(({ property }) => !unread.has(property)).flatMap(described));
  if (problems.length === 0 && hasChecks(result)) problems.push(...result.problems());
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(result);
}

/** Several classes at once, each as `settings` reads it: the error has the problems of all of them. */
export function settingsOf<Classes extends (new () => object)[]>(
  classes: [...Classes],
  environment: Environment = process.env,
): { [Index in keyof Classes]: InstanceType<Classes[Index]> } {
  const problems: string[] = [];
  const read = classes.map((Class) => {
    try {
      return settings(Class, environment);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return read as { [Index in keyof Classes]: InstanceType<Classes[Index]> };
}

/** One setting as its text, unchecked: for what decides which classes are read. */
export const settingOf = (property: string, environment: Environment): string | undefined =>
  valueOf(environmentName(property), environment, []);

const hasChecks = (result: object): result is { problems(): string[] } =>
  'problems' in result && typeof result.problems === 'function';

function propertiesOf(Class: new () => object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(Class, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}

function valueOf(name: string, environment: Environment, problems: string[]): string | undefined {
  const value = environment[name];
  const file = environment[`${name}_FILE`];
  if (value || !file) return value || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(
      `${name}_FILE can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
    );
    return undefined;
  }
}

/** By the declared type, as the decorators' metadata tell it. What can't be converted is left to validation. */
function converted(text: string, target: object, property: string): unknown {
  switch (Reflect.getMetadata('design:type', target, property)) {
    case Number:
      return Number(text);
    case Boolean:
      return text === 'true' ? true : text === 'false' ? false : text;
    case Array:
      return text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean);
    default:
      return text;
  }
}

const described = ({ property, constraints = {} }: ValidationError): string[] => {
  const name = environmentName(property);
  return Object.values(constraints).map((message) => `${message.replaceAll(property, name)}.`);
};
