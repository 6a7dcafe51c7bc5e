import { Type } from 'typebox';
import { catalogue } from './catalogue.js';
import { eventType, olderVersion, type EventType } from './event-type.js';
import { mapMarked, markedPaths } from './marked-fields.js';
import { readEvent } from './read-event.js';
import { Fields, personal, Text } from './schemas.js';
import { violationOf } from './validation.js';
import { lift, upcast, upcastEvent } from './versions.js';

// A type with a history: the name became two fields, then the length got a unit.
const versionOne = olderVersion({
  version: 1,
  data: Fields({ name: personal(Text({ description: 'Full name.' })), length: Type.Number() }),
  example: { name: 'Ann Lee', length: 1.5 },
  upcast: ({ name, length }) => {
    const [firstName, lastName] = name?.split(' ') ?? [];
    return { firstName, lastName, length };
  },
});
const versionTwo = olderVersion({
  version: 2,
  data: Fields({
    firstName: personal(Type.String()),
    lastName: personal(Type.String()),
    length: Type.Number(),
  }),
  example: { firstName: 'Ann', lastName: 'Lee', length: 1.5 },
  upcast: ({ length, ...rest }) => ({ ...rest, centimetres: length * 100 }),
});
const measured = eventType('desk.measured', {
  version: 3,
  description: 'A desk was measured.',
  data: Fields({
    firstName: Type.Optional(personal(Type.String())),
    lastName: Type.Optional(personal(Type.String())),
    centimetres: Type.Number(),
  }),
  example: { firstName: 'Ann', lastName: 'Lee', centimetres: 150 },
  older: [versionOne, versionTwo],
});
const event = {
  id: '1',
  source: '/shop',
  type: 'desk.measured',
  subject: 'user:42',
  time: '2026-03-01T12:00:00Z',
};
const read = (change: object) =>
  readEvent({ ...event, ...change }, new Date('2026-03-02'), { 'desk.measured': measured });

it('accepts data of every version, each by its own schema', () => {
  expect(read({ data: versionOne.example }).event?.dataVersion).toBe(1);
  expect(read({ dataversion: '2', data: versionTwo.example }).event?.data).toBe(versionTwo.example);
  expect(read({ dataversion: 3, data: measured.example }).event?.dataVersion).toBe(3);
  expect(read({ dataversion: 2, data: versionOne.example }).rejection?.code).toBe('schema-violation');
  expect(read({ dataversion: 4, data: measured.example }).rejection?.code).toBe('unknown-version');
});

it('lifts old data through every version in between', () => {
  expect(lift(measured, 1, versionOne.example)).toEqual(measured.example);
  expect(lift(measured, 2, versionTwo.example)).toEqual(measured.example);
  expect(lift(measured, 3, measured.example)).toBe(measured.example);
  expect(() => lift(measured, 4, {})).toThrow('desk.measured has no version 4.');
  expect(() => lift(measured, 0, {})).toThrow('desk.measured has no version 0.');
});

it('lifts data whose person was erased', () => {
  expect(lift(measured, 1, { length: 2 })).toEqual({ centimetres: 200 });
});

it('finds personal data where they were in that version', () => {
  expect(markedPaths(measured, 'personal', 1)).toEqual(['name']);
  expect(mapMarked(measured, 'personal', versionOne.example, () => 'sealed', 1)).toEqual({
    name: 'sealed',
    length: 1.5,
  });
});

it('leaves data of the current version as they are', () => {
  const { example } = catalogue['order.placed'];
  expect(upcast('order.placed', 1, example)).toBe(example);
  const { event: cancelled } = readEvent(
    { ...event, type: 'order.cancelled', data: { orderId: 'A-1' } },
    new Date('2026-03-02'),
  );
  expect(cancelled && upcastEvent(cancelled)).toEqual(cancelled);
});

describe.each<EventType>(Object.values(catalogue))('$name', (type) => {
  it('knows every version up to its current one, and lifts the example of each to valid data', () => {
    expect((type.older ?? []).map(({ version }) => version)).toEqual(
      Array.from({ length: type.version - 1 }, (_, index) => index + 1),
    );
    for (const { version, example } of type.older ?? []) {
      expect(violationOf(type, type.version, lift(type, version, example))).toBeUndefined();
    }
  });
});
