import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, FreeForm, personal, Text } from '../schemas.js';

const Address = Fields(
  {
    street: Type.Optional(Text({ description: 'Street and number.' })),
    city: Type.Optional(Text({ description: 'Town.' })),
    postalCode: Type.Optional(Text({ maxLength: 40, description: 'Postal code.' })),
    region: Type.Optional(Text({ description: 'State or province.' })),
    country: Type.Optional(Text({ description: 'Country of the address.' })),
  },
  { description: 'Postal address.' },
);

/** What is known of the customer's person changed; absent fields keep their values. */
export const profileUpdated = eventType('profile.updated', {
  version: 1,
  description:
    'What is known of the customer as a person or company changed. Absent fields keep their values.',
  data: Fields({
    email: Type.Optional(
      personal(Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 320, description: 'Mail address.' })),
    ),
    phone: Type.Optional(
      personal(Text({ maxLength: 50, description: 'Telephone number, best in E.164 form.' })),
    ),
    name: Type.Optional(personal(Text({ description: 'Full name.' }))),
    firstName: Type.Optional(personal(Text({ description: 'Given name.' }))),
    lastName: Type.Optional(personal(Text({ description: 'Family name.' }))),
    birthday: Type.Optional(
      personal(Type.String({ format: 'date', description: 'Date of birth, e.g. 1990-05-17.' })),
    ),
    address: Type.Optional(personal(Address)),
    company: Type.Optional(personal(Text({ description: 'Company.' }))),
    gender: Type.Optional(
      personal(Text({ maxLength: 50, description: 'Gender, in the words of the source.' })),
    ),
    country: Type.Optional(
      Text({ maxLength: 100, description: 'Country of residence: ISO 3166 code or name.' }),
    ),
    language: Type.Optional(Text({ maxLength: 35, description: 'Preferred language, e.g. de or pt-BR.' })),
    traits: Type.Optional(personal(FreeForm({ description: 'Anything else that the source knows.' }))),
  }),
  example: {
    email: 'ann@example.org',
    firstName: 'Ann',
    lastName: 'Lee',
    birthday: '1990-05-17',
    address: { street: 'Hill Road 5', city: 'Graz', postalCode: '8010', country: 'AT' },
    country: 'AT',
    language: 'de',
    traits: { newsletterTopics: ['lamps'] },
  },
});
