import { event, subjectIdOf } from './event.given.js';

/** Identification holds the others to be the customer that the first identifier stands for. */
export const merged = (customer: string, ...others: string[]) =>
  mergedAt('2026-03-12T00:00:00.000Z', customer, ...others);

export const mergedAt = (time: string, customer: string, ...others: string[]) =>
  event(
    'customers.merged',
    `customer:${subjectIdOf(customer)}`,
    {
      customerId: subjectIdOf(customer),
      subjectIds: others.map(subjectIdOf),
      because: [subjectIdOf('a link')],
    },
    { time },
  );

/** And takes it back, later. */
export const split = (customer: string, other: string) =>
  splitAt('2026-03-13T00:00:00.000Z', customer, other);

export const splitAt = (time: string, customer: string, other: string) =>
  event(
    'customers.split',
    `customer:${subjectIdOf(customer)}`,
    {
      customerId: subjectIdOf(other),
      fromCustomerId: subjectIdOf(customer),
      subjectIds: [subjectIdOf(other)],
      because: [subjectIdOf('an operator')],
    },
    { time },
  );
