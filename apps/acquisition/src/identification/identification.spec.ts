import fc from 'fast-check';
import { componentsOf, type Neighbours } from './components.js';
import { reassign, type Assignment, type Reassignment } from './identification.decider.js';

type Statement = { pair: [string, string]; linked: boolean; at: number };

/** Identification on tables in memory: links that merge by time, what was decided, and what other services read. */
class World {
  readonly links = new Map<string, Statement>();
  readonly assigned = new Map<string, Assignment>();
  /** As in "subject": the latest decision by its own time holds, in whatever order decisions arrive. */
  readonly decisions: Reassignment[] = [];

  constructor(private readonly most = 1_000) {}

  private neighbours: Neighbours = async (frontier) =>
    [...this.links.values()].flatMap(({ pair, linked }) =>
      linked && pair.some((subjectId) => frontier.includes(subjectId)) ? [pair] : [],
    );

  async state(statements: readonly Statement[], now = 0): Promise<Reassignment[]> {
    for (const statement of statements) {
      const key = statement.pair.join();
      if (statement.at >= (this.links.get(key)?.at ?? -1)) this.links.set(key, statement);
    }
    const touched = new Map(statements.flatMap(({ pair, at }) => pair.map((id) => [id, [`event ${at}`]])));
    const found = await componentsOf(touched.keys(), this.neighbours, this.most);
    const components = found.flatMap(({ subjectIds, oversized }) =>
      oversized ? subjectIds.map((id) => [id]) : [subjectIds],
    );
    const reached = new Set(components.flat());
    const concerned = new Set([...reached].map((id) => this.assigned.get(id)?.customerId));
    for (const [id, { customerId }] of this.assigned)
      if (!reached.has(id) && concerned.has(customerId)) components.push([id]);
    const decisions = reassign({ components, assigned: this.assigned, because: touched }, now);
    for (const { subjectIds, customerId, time } of decisions)
      for (const id of subjectIds) this.assigned.set(id, { customerId, decidedAt: Date.parse(time) });
    this.decisions.push(...decisions);
    return decisions;
  }

  /** Customers with their subjects, as a service sees them that got the decisions in this order. */
  customers(subjects: readonly string[], order = this.decisions): Record<string, string[]> {
    const latest = new Map<string, { time: string; customerId: string }>();
    for (const { subjectIds, customerId, time } of order)
      for (const id of subjectIds)
        if (time > (latest.get(id)?.time ?? '')) latest.set(id, { time, customerId });
    return Object.fromEntries(
      Object.entries(Object.groupBy(subjects, (id) => latest.get(id)?.customerId ?? id)).map(
        ([customer, ids = []]) => [customer, [...ids].sort()],
      ),
    );
  }
}

const subjects = ['a', 'b', 'c', 'd', 'e', 'f'];
const link = (one: string, other: string, at = 0): Statement => ({
  pair: [one, other].sort() as [string, string],
  linked: true,
  at,
});
const unlink = (one: string, other: string, at: number): Statement => ({
  ...link(one, other, at),
  linked: false,
});

/** The customers that the links say, computed without any history. */
function customersOf(links: Iterable<Statement>, most = 1_000): Record<string, string[]> {
  const groups = subjects.map((id) => new Set([id]));
  for (const { pair, linked } of links) {
    if (!linked) continue;
    const [one, other] = pair.map((id) => groups.find((group) => group.has(id)) as Set<string>);
    if (one === other) continue;
    other?.forEach((id) => one?.add(id));
    groups.splice(groups.indexOf(other as Set<string>), 1);
  }
  return Object.fromEntries(
    groups
      .map((group) => [...group].sort())
      .flatMap((group) => (group.length > most ? group.map((id) => [id]) : [group]))
      .map((group): [string, string[]] => [group[0] as string, group]),
  );
}

const statements = fc
  .array(fc.tuple(fc.subarray(subjects, { minLength: 2, maxLength: 2 }), fc.boolean()), { maxLength: 16 })
  .map((stated) =>
    stated.map(([[one, other], linked], at) =>
      linked ? link(one as string, other as string, at) : unlink(one as string, other as string, at),
    ),
  );

const shuffled = <Item>(items: readonly Item[]) =>
  fc.shuffledSubarray([...items], { minLength: items.length });

function* batches<Item>(items: readonly Item[], size: number) {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

describe('identification', () => {
  it('merges two subjects under the smaller id, whoever names the other', async () => {
    const world = new World();
    expect(await world.state([link('b', 'a')], Date.UTC(2026, 0, 1))).toEqual([
      {
        type: 'customers.merged',
        subjectIds: ['b'],
        customerId: 'a',
        time: '2026-01-01T00:00:00.000Z',
        data: { customerId: 'a', subjectIds: ['b'], because: ['event 0'] },
      },
    ]);
  });

  it('decides nothing about what it decided already', async () => {
    const world = new World();
    await world.state([link('a', 'b'), link('b', 'c')]);
    expect(await world.state([link('a', 'c', 1)])).toEqual([]);
  });

  it('moves all to the smaller id when a smaller one joins', async () => {
    const world = new World();
    await world.state([link('b', 'c')]);
    await world.state([link('a', 'c')]);
    expect(world.customers(subjects)).toMatchObject({ a: ['a', 'b', 'c'] });
  });

  it('says split when a customer falls apart, and calls the parts after their own smallest ids', async () => {
    const world = new World();
    await world.state([link('a', 'b'), link('b', 'c')]);
    expect(await world.state([unlink('a', 'b', 1)])).toEqual([
      expect.objectContaining({
        type: 'customers.split',
        data: { customerId: 'b', fromCustomerId: 'a', subjectIds: ['b', 'c'], because: ['event 1'] },
      }),
    ]);
  });

  it('keeps together what another link still holds together', async () => {
    const world = new World();
    await world.state([link('a', 'b'), link('b', 'c'), link('a', 'c')]);
    expect(await world.state([unlink('a', 'b', 1)])).toEqual([]);
  });

  it('decides later than before about the same subjects, even when the clock goes back', async () => {
    const world = new World();
    const [first] = await world.state([link('a', 'b')], Date.UTC(2026, 0, 2));
    const [second] = await world.state([unlink('a', 'b', 1)], Date.UTC(2026, 0, 1));
    expect(first?.time).toBe('2026-01-02T00:00:00.000Z');
    expect(second?.time).toBe('2026-01-02T00:00:00.001Z');
  });

  it('leaves subjects standing alone that only a widely shared one holds together', async () => {
    const world = new World(3);
    await world.state([link('a', 'b'), link('b', 'c')]);
    expect(world.customers(subjects)).toMatchObject({ a: ['a', 'b', 'c'] });
    await world.state([link('c', 'd')]);
    expect(Object.keys(world.customers(subjects))).toEqual(subjects);
    await world.state([unlink('b', 'c', 1)]);
    expect(world.customers(subjects)).toMatchObject({ a: ['a', 'b'], c: ['c', 'd'] });
  });

  it('ends with the customers that the links say, in any order and any batches', () =>
    fc.assert(
      fc.asyncProperty(
        statements.chain((stated) => fc.tuple(fc.constant(stated), shuffled(stated))),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(2, 4, 1_000),
        async ([stated, arrived], size, most) => {
          const world = new World(most);
          for (const batch of batches(arrived, size)) await world.state(batch);
          const last = new Map(stated.map((statement) => [statement.pair.join(), statement]));
          expect(world.customers(subjects)).toEqual(customersOf(last.values(), most));
        },
      ),
      { numRuns: 500 },
    ));

  it('is understood the same by whoever gets the decisions the other way round', () =>
    fc.assert(
      fc.asyncProperty(statements, async (stated) => {
        const world = new World();
        for (const statement of stated) await world.state([statement]);
        expect(world.customers(subjects, world.decisions.toReversed())).toEqual(world.customers(subjects));
      }),
    ));

  it('gives back exactly the former customers when what merged them is taken back', () =>
    fc.assert(
      fc.asyncProperty(
        statements,
        fc.subarray(subjects, { minLength: 2, maxLength: 2 }),
        async (stated, pair) => {
          const [one, other] = pair as [string, string];
          const known = stated.filter((statement) => statement.pair.join() !== [one, other].sort().join());
          const world = new World();
          await world.state(known);
          const before = world.customers(subjects);
          await world.state([link(one, other, 100)]);
          await world.state([unlink(one, other, 101)]);
          expect(world.customers(subjects)).toEqual(before);
        },
      ),
    ));
});
