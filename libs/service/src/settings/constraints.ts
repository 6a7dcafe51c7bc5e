import { ValidateBy, type ValidationOptions } from 'class-validator';

/** An address whose scheme picks the adapter, e.g. `@HasScheme('postgres', 'kafka')`. */
export const HasScheme = (...schemes: string[]): PropertyDecorator =>
  ValidateBy({
    name: 'hasScheme',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' &&
        /^[^\s]+$/.test(value) &&
        schemes.some((scheme) => value.startsWith(`${scheme}://`) && value.length > scheme.length + 3),
      defaultMessage: () =>
        `$property must be an address that begins with ${schemes.map((s) => `${s}://`).join(' or ')}`,
    },
  });

/** 32 random bytes, as 64 hexadecimal digits or in base64: what `openssl rand -hex 32` prints. */
export const IsKey = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isKey',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          (/^[0-9a-f]{64}$/i.test(value) || /^[A-Za-z0-9+/_-]{43}=?$/.test(value)),
        defaultMessage: () =>
          '$property must be 32 random bytes, as hexadecimal or base64 (try: openssl rand -hex 32)',
      },
    },
    options,
  );
