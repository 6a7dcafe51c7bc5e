import { Type, type TSchema } from 'typebox';

/** Marks a field as personal data: it is sealed with its subject's key before anything is stored. */
export const personal = <Schema extends TSchema>(schema: Schema): Schema => ({ ...schema, personal: true });

/** An exact amount: the decimal as a string, never a float, with its ISO 4217 currency. */
export const Money = (options: { description: string }) =>
  Type.Object(
    {
      amount: Type.String({ pattern: '^-?\\d{1,15}(\\.\\d{1,6})?$', description: 'Decimal as a string.' }),
      currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code.' }),
    },
    { additionalProperties: false, ...options },
  );
