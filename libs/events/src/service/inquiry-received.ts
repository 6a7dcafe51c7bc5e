import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, personal, Text } from '../schemas.js';

/** Somebody asked about products or services. */
export const inquiryReceived = eventType('inquiry.received', {
  version: 1,
  description: 'Somebody asked about products or services, by whatever way.',
  data: Fields({
    channel: Text({ description: 'By what way: web, email, phone, store …' }),
    topic: Type.Optional(Text({ description: 'What it is about, e.g. delivery-time.' })),
    text: Type.Optional(
      personal(Type.String({ maxLength: 20_000, description: 'What the customer wrote or said.' })),
    ),
  }),
  example: { channel: 'email', topic: 'delivery-time', text: 'When could I have the lamp?' },
});
