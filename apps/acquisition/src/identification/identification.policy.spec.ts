import { rebuild } from '@perennial/read-models';
import { asNewEvent, event, givenReadModels, subjectIdOf, type GivenEvent } from '@perennial/testing';
import { acquisitionWith } from '../acquisition.read-models.js';
import { Customers } from '../customers/customers.derived.js';

const [ann, visitor, card] = ['user:ann', 'anonymous:9f', 'card:77'];
const on = (day: string) => ({ time: `2026-03-${day}T12:00:00.000Z` });
const seen = [ann, visitor, card].map((subject) => event('page.viewed', subject, { path: '/' }, on('01')));
const linked = (subject: string, other: string, day: string) =>
  event('identity.linked', subject, { other, evidence: 'login' }, on(day));
const unlinked = (subject: string, other: string, day: string) =>
  event('identity.unlinked', subject, { other, evidence: 'operator' }, on(day));
const smallest = (...subjects: string[]) => subjects.map(subjectIdOf).sort()[0] as string;

describe('the policy of identification', () => {
  const { given, subject } = givenReadModels(acquisitionWith({ now: () => new Date('2026-06-01') }));

  const customers = async () =>
    (await subject.rows('customers')).map(({ customer_id }) => customer_id as string).sort();
  const decisions = async () => {
    const { rows } = await subject.pool.query<{ decided: string }>(
      `select concat_ws(' ', type, data::jsonb ->> 'subjectIds', time::text) as decided
         from journal.event where type like 'customers.%' order by 1`,
    );
    return rows.map(({ decided }) => decided);
  };
  const journal = () => subject.source.journal;
  const append = async (...events: GivenEvent[]) => {
    for (const stated of events)
      await journal().append(subjectIdOf(stated.subject), 'any', [asNewEvent(stated)]);
  };
  const rebuildAll = () =>
    rebuild(
      subject.source,
      subject.models.all.map(({ name }) => name),
    );

  beforeEach(() => subject.reset());

  it('joins links of one customer that come on several shards', () =>
    given(...seen, linked(ann, visitor, '02'), linked(card, visitor, '03')).thenRows(Customers, [
      { customer_id: smallest(ann, visitor, card), subjects: 3 },
    ]));

  it('follows what is decided again and again about the same two', () =>
    given(
      ...seen,
      linked(ann, visitor, '02'),
      unlinked(ann, visitor, '03'),
      linked(visitor, ann, '04'),
      unlinked(ann, visitor, '05'),
    ).thenRows(Customers, [
      { customer_id: subjectIdOf(ann) },
      { customer_id: subjectIdOf(visitor) },
      { customer_id: subjectIdOf(card) },
    ]));

  it('needs more or fewer decisions by how links are batched, and says the same of the customers', async () => {
    const stated = [...seen, linked(ann, visitor, '02'), linked(card, visitor, '02')];
    const seenAs: Record<number, string[]> = {};
    for (const batchSize of [1, 10]) {
      await subject.reset();
      await subject.play({ order: stated, batchSize });
      seenAs[(await decisions()).length] = await customers();
    }
    const same = [smallest(ann, visitor, card)];
    expect(seenAs).toEqual({ 1: same, 2: same });
  });

  it('decides nothing twice when its memory is lost', async () => {
    await subject.play({ order: [...seen, linked(ann, visitor, '02')], batchSize: 10 });
    const before = await decisions();
    await subject.pool.query('truncate acquisition_tables.assignment');
    await rebuildAll();
    expect(await decisions()).toEqual(before);
  });

  it('knows after a loss what it had decided, and decides later than that', async () => {
    await subject.play({ order: [...seen, linked(ann, visitor, '02')], batchSize: 10 });
    await subject.pool.query('truncate acquisition_tables.assignment');
    await rebuildAll();
    await subject.play({ order: [unlinked(ann, visitor, '03')], batchSize: 10 });
    expect(await customers()).toEqual([ann, visitor, card].map(subjectIdOf).sort());
    expect(await subject.differences()).toEqual([]);
  });

  it('decides about links that a rebuild read before any batch did', async () => {
    await append(...seen, linked(ann, visitor, '02'), linked(visitor, card, '02'));
    await rebuildAll();
    expect(await decisions()).toHaveLength(1);
    await subject.play({ order: [], batchSize: 10 });
    expect(await customers()).toEqual([smallest(ann, visitor, card)]);
    expect(await subject.differences()).toEqual([]);
  });

  it('decides about unlinks that a rebuild read before any batch did', async () => {
    await subject.play({ order: [...seen, linked(ann, visitor, '02')], batchSize: 10 });
    await append(unlinked(visitor, ann, '03'));
    await rebuildAll();
    await subject.play({ order: [], batchSize: 10 });
    expect(await customers()).toEqual([ann, visitor, card].map(subjectIdOf).sort());
  });
});
