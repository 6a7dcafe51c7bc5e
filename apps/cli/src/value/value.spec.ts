import { jest } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, publicData } from '@perennial/testing';
import { run } from '../program.js';
import type { Calibration } from './value.calibration.js';

let folder: string;
let written: { out: string; err: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-value-'));
  written = { out: '', err: '' };
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written.out += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written.err += String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** A shop's file and its mapping. Times are those of Tokyo: 8:00 there is the day before in UTC. */
function shop(lines: string[]): string[] {
  const file = join(folder, 'orders.csv');
  const mapping = join(folder, 'shop.json');
  writeFileSync(file, ['order,placed,client,paid', ...lines].join('\n'));
  writeFileSync(
    mapping,
    JSON.stringify({
      description: 'A shop.',
      source: '/import/shop',
      format: { kind: 'csv', delimiter: ',', columns: ['order', 'placed', 'client', 'paid'] },
      time: { value: '{placed}', format: 'yyyy-MM-dd HH:mm', zone: 'Asia/Tokyo' },
      currency: 'EUR',
      subject: [
        { when: { client: { empty: true } }, is: 'anonymous:order-{order}' },
        { is: 'user:{client}' },
      ],
      order: { id: '{order}', lines: 'one' },
      line: { sku: 'x', name: 'X', quantity: '1', amount: '{paid}' },
      rules: [{ when: { order: { matches: '^R' } }, as: 'return' }],
    }),
  );
  return [file, '--mapping', mapping];
}

/** Some columns of the scores, a row each. */
function columnsOf(csv: string, ...names: string[]): string[][] {
  const [header, ...lines] = csv.trim().split('\n');
  const columns = header!.split(',');
  return lines.map((line) =>
    names.map((name) => line.split(',').at(columns.indexOf(name) - columns.length)!),
  );
}

const orders = [
  '1,2026-01-05 08:00,anna,20.00',
  '2,2026-01-05 23:00,anna,5.00',
  '3,2026-02-05 08:00,anna,30.00',
  'R1,2026-02-07 08:00,anna,10.00',
  '4,2026-01-10 08:00,"o""hara, b",12.00',
  '5,2026-01-20 08:00,,99.00',
  '6,2026-03-01 08:00,carl,7.00',
];

describe('perennial value score', () => {
  it('writes a line of CSV for each customer who can be recognised', async () => {
    const output = join(folder, 'scores.csv');
    expect(
      await run([
        'value',
        'score',
        ...shop(orders),
        '--until',
        '2026-03-31',
        '--model',
        'mbg-nbd',
        '--output',
        output,
      ]),
    ).toBe(0);
    const [header, ...lines] = readFileSync(output, 'utf8').trim().split('\n');
    const columns = header!.split(',');
    const [anna, ohara, carl] = lines;
    expect(lines).toHaveLength(3);
    const of = (line: string, column: string) => line.split(',')[columns.indexOf(column)];
    // Both orders of the fifth of January are of one day in Tokyo.
    expect(of(anna!, 'customer')).toBe('user:anna');
    expect(of(anna!, 'first_order')).toBe('2026-01-05');
    expect(of(anna!, 'orders')).toBe('2');
    expect(of(anna!, 'days_since_last_order')).toBe('54');
    expect(ohara).toMatch(/^"user:o""hara, b",2026-01-10,1,/);
    expect(of(carl!, 'as_of')).toBe('2026-03-31');
    for (const column of ['probability_active', 'expected_orders', 'lifetime_value']) {
      expect(Number(of(anna!, column))).toBeGreaterThan(0);
    }
    expect(Number(of(anna!, 'value_high'))).toBeGreaterThanOrEqual(Number(of(anna!, 'value_low')));
    expect(written.err).toContain('prior');
  });

  it('takes the mean of first orders where nobody came back, and makes no money up where nobody paid', async () => {
    const worth = async (...lines: string[]) => {
      written.out = '';
      expect(
        await run(['value', 'score', ...shop(lines), '--until', '2026-02-10', '--model', 'mbg-nbd']),
      ).toBe(0);
      return columnsOf(written.out, 'expected_order_value', 'lifetime_value');
    };
    const [[value, lifetime] = []] = await worth('1,2026-01-05 08:00,anna,20.00');
    expect(value).toBe('20.00');
    expect(Number(lifetime)).toBeGreaterThan(1);
    expect(written.err).toContain('taken to be worth 20.00, the mean of all orders');
    const free = await worth(
      '1,2026-01-05 08:00,anna,0.00',
      '2,2026-01-15 08:00,anna,0.00',
      '3,2026-02-05 08:00,bob,0',
    );
    expect(free).toEqual([
      ['0.00', '0.00'],
      ['0.00', '0.00'],
    ]);
    expect(written.err).toContain('No order has a positive worth');
  });

  it('says the same as JSON, with the fit and its problems', async () => {
    const argv = ['value', 'score', ...shop(orders), '--until', '2026-03-05', '--model', 'mbg-nbd'];
    expect(await run(argv)).toBe(0);
    const [header, ...lines] = written.out.trimEnd().split('\n');
    written.out = '';
    expect(await run([...argv, '--json'])).toBe(0);
    const { customers, ...told } = JSON.parse(written.out) as {
      customers: Record<string, string | number>[];
    };
    expect(customers.map((each) => Object.keys(each).join())).toEqual(lines.map(() => header));
    const csv = (value: string | number) =>
      /[",]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : value;
    expect(customers.map((each) => Object.values(each).map(csv).join())).toEqual(lines);
    expect(told).toMatchObject({
      asOf: '2026-03-05',
      model: 'mbg-nbd',
      because: 'as told',
      fit: { customers: lines.length },
      problems: expect.any(Array),
    });
  });

  it('counts occasions in units with bg-bb, orders by the day as ever', async () => {
    const argv = ['value', 'score', ...shop(orders), '--until', '2026-03-31', '--model', 'bg-bb'];
    expect(await run([...argv, '--unit', 'month', '--horizon', '92'])).toBe(0);
    const scores = columnsOf(
      written.out,
      'customer',
      'orders',
      'probability_active',
      'expected_orders',
      'model',
    );
    expect(scores.map(([, count]) => count)).toEqual(['2', '1', '1']);
    for (const [, , active, expected, model] of scores) {
      expect(Number(active)).toBeGreaterThan(0);
      // At most one in each of three months.
      expect(Number(expected)).toBeLessThan(3);
      expect(model).toBe('bg-bb');
    }
    expect(await run([...argv, '--unit', 'year', '--horizon', '92'])).toBe(2);
    expect(written.err).toContain('A horizon of 92 days has no whole year');
  });

  it.each([
    [() => join(folder, 'nowhere', 'scores.csv'), 'There is no folder'],
    [() => folder, 'is a folder; name a file in it'],
    [() => join(folder, 'orders.csv'), 'is the file that is read'],
  ])('refuses to write where it can not, before it reads', async (output, message) => {
    const argv = shop(orders);
    expect(await run(['value', 'score', ...argv, '--output', output()])).toBe(2);
    expect(written.err).toContain(message);
    expect(readFileSync(argv[0]!, 'utf8')).toContain('anna,20.00');
  });

  it('says so where what it writes to gives no room', async () => {
    if (!existsSync('/dev/full')) return;
    expect(await run(['value', 'score', ...shop(orders), '--output', '/dev/full'])).toBe(1);
    expect(written.err).toContain('could not be written to its end');
  });

  it('warns of a silence as there was none before, and refuses one that is longer than the record', async () => {
    expect(await run(['value', 'score', ...shop(orders), '--until', '2026-05-31'])).toBe(0);
    expect(written.err).toContain('91 days before 2026-05-31');
    written.err = '';
    expect(await run(['value', 'score', ...shop(orders), '--until', '2026-03-05'])).toBe(0);
    expect(written.err).not.toContain('no such silence');
    expect(await run(['value', 'score', ...shop(orders), '--until', '2050-01-01'])).toBe(2);
    expect(written.err).toContain('--until 2050-01-01 is still to come');
    const long = shop(orders.map((line) => line.replace('2026-', '2021-')));
    expect(await run(['value', 'score', ...long, '--until', '2024-03-01'])).toBe(2);
    expect(written.err).toContain('Of the 1096 days before');
  });

  it('takes the margin, not the revenue, where it is told', async () => {
    const valuesAt = async (margin: string) => {
      written.out = '';
      await run(['value', 'score', ...shop(orders), '--model', 'mbg-nbd', '--margin', margin]);
      return written.out
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.split(',').at(-5)));
    };
    const [whole, half] = [await valuesAt('1'), await valuesAt('0.5')];
    half.forEach((value, row) => expect(Math.abs(value - whole[row]! / 2)).toBeLessThan(0.011));
  });
});

describe('perennial value fit', () => {
  it('says what it left out, and that a prior was added', async () => {
    expect(
      await run([
        'value',
        'fit',
        ...shop(orders),
        '--until',
        '2026-02-28',
        '--holdout',
        '2026-03-01',
        '--json',
      ]),
    ).toBe(0);
    const answer = JSON.parse(written.out) as {
      fits: { model: string; problems: string[] }[];
      holdout: { baselines: unknown[]; orders: number };
    };
    expect(answer).toMatchObject({
      orders: 5,
      refunds: 1,
      withoutCustomer: 1,
      customers: 2,
      repeatOrders: 1,
      currency: 'EUR',
    });
    expect(answer.fits.map(({ model }) => model)).toEqual(['bg-nbd', 'mbg-nbd', 'pareto-nbd', 'gamma-gamma']);
    for (const { problems } of answer.fits) expect(problems.join()).toContain('prior');
    expect(answer.holdout.baselines).toHaveLength(4);
    expect(answer.holdout.orders).toBe(0);
  });

  it.each([
    [['--until', '2025-12-31'], 'The first order is of 2026-01-05'],
    [['--until', '2026-02-30'], 'is no date'],
    [['--until', '2026-02-01', '--holdout', '2027-01-01'], "a holdout can't end later"],
    [['--until', '2026-02-01', '--holdout', '2026-02-01'], 'must be later than --until 2026-02-01'],
    [['--until', '2026-02-01', '--holdout', '2026-01-31'], 'must be later than --until 2026-02-01'],
    [['--until', '2097-09-30'], 'still to come. The last order is of 2026-03-01: say --until 2026-03-01'],
    [['--until', '2026-02-01', '--model', 'bgnbd'], 'there are bg-nbd'],
  ])('refuses %j and says why', async (more, message) => {
    expect(await run(['value', 'fit', ...shop(orders), ...more])).toBe(2);
    expect(written.err).toContain(message);
  });

  it('prints a model that is named twice once', async () => {
    const argv = ['value', 'fit', ...shop(orders), '--until', '2026-03-01', '--model', 'mbg-nbd, mbg-nbd'];
    expect(await run(argv)).toBe(0);
    expect(written.out.match(/^mbg-nbd,/gm)).toHaveLength(1);
  });

  it('finds nothing in a file without customers', async () => {
    expect(await run(['value', 'fit', ...shop(['5,2026-01-20 08:00,,99.00']), '--until', '2026-02-01'])).toBe(
      1,
    );
    expect(written.err).toContain('no orders of customers who can be recognised; 1 are of nobody');
  });

  const bad = [5, 6, 7, 8].map((order) => `${order},20.1.2026,anna,9.00`);

  it('holds nobody of a handful who came once for surer to come than who came back', async () => {
    const handful = [
      '1,2026-01-01 12:00,anna,50.00',
      '2,2026-01-20 12:00,anna,60.00',
      '3,2026-02-01 12:00,bert,20.00',
      '4,2026-02-20 12:00,carl,10.00',
    ];
    expect(await run(['value', 'score', ...shop(handful), '--until', '2026-02-27'])).toBe(0);
    const [anna, ...others] = columnsOf(written.out, 'probability_active', 'model');
    expect(anna![1]).toBe('mbg-nbd');
    for (const [active] of others) expect(Number(active)).toBeLessThan(Number(anna![0]));
    expect(written.err).toContain(
      '2 customers who placed 0 orders in the last 19 days are too few for a holdout',
    );
  });

  it.each(['fit', 'score'])(
    'shows examples of what it could not read, with lines and reasons (%s)',
    async (what) => {
      expect(await run(['value', what, ...shop([orders[0]!, ...bad]), '--until', '2026-02-01'])).toBe(0);
      const all = written.out + written.err;
      expect(all).toMatch(/rejected: 4 {2}invalid-time\n {4}line 3: \S/);
      expect(all).toContain('line 5: ');
      expect(all).not.toContain('line 6: ');
      expect(all).toContain('4 of 5 lines were rejected: is it the right mapping?');
    },
  );

  it('ends with 1, and the same examples, where nothing is left', async () => {
    expect(await run(['value', 'fit', ...shop(bad), '--until', '2026-02-01'])).toBe(1);
    expect(written.err).toMatch(
      /no orders of customers who can be recognised\.\n {2}rejected: 4 {2}invalid-time/,
    );
    expect(written.err).toContain('line 4: ');
  });

  it('says that a holdout has no whole year, and that one is cut', async () => {
    const argv = ['value', 'fit', ...shop(orders), '--until', '2026-01-20', '--holdout', '2026-03-01'];
    expect(await run([...argv, '--model', 'bg-bb,mbg-nbd', '--unit', 'year'])).toBe(0);
    expect(written.out).toMatch(/^bg-bb +– +– +–/m);
    expect(written.out).toContain('! Nobody has been known for a whole period (days: 365.2425)');
    expect(written.out).toContain('! bg-bb predicts nothing: it counts whole periods of 365.2425 days');
    written.out = '';
    expect(await run([...argv, '--model', 'bg-bb', '--unit', 'month'])).toBe(0);
    expect(written.out).toContain('! bg-bb predicts 1 whole months of 1.3');
  });

  it('sets sBG beside rates that stay as they are', async () => {
    const paid = (client: string, months: number) =>
      Array.from(
        { length: months },
        (_, month) => `${client}${month},2026-0${month + 1}-05 09:00,${client},9.00`,
      );
    const members = [2, 3, 3, 5, 7, 7, 7, 7].flatMap((months, row) => paid(`m${row}`, months));
    const argv = ['value', 'fit', ...shop(members), '--unit', 'month', '--until', '2026-04-25'];
    expect(await run([...argv, '--holdout', '2026-07-05', '--model', 'sbg'])).toBe(0);
    // Five ran on; a renewal of May and one of June were due for each.
    expect(written.out).toContain(
      'of 5 that ran, 4 were renewed each time; of 10 renewals that were due 9 came',
    );
    for (const row of ['sbg', "last period's rate", 'everybody alike', 'everybody stays']) {
      expect(written.out).toMatch(new RegExp(`^${row} +\\d+\\.\\d +-?\\d`, 'm'));
    }
    // Nothing was foretold of orders or spend.
    expect(written.out).not.toContain('own rate × time');
    expect(written.out).not.toContain('Spend in the holdout');
    written.out = '';
    expect(await run([...argv, '--holdout', '2026-07-05', '--model', 'gamma-gamma'])).toBe(0);
    expect(written.out).toContain('! gamma-gamma says what an order is worth; name a model of orders');
    written.out = '';
    expect(await run([...argv, '--holdout', '2026-04-30', '--model', 'sbg', '--json'])).toBe(0);
    const { holdout } = JSON.parse(written.out) as { holdout: { contracts: null; notes: string[] } };
    expect(holdout.contracts).toBeNull();
    expect(holdout.notes.join()).toContain('no contract that ran on had a renewal');
  });
});

describeWith('cdnow/CDNOW_sample.txt')("perennial value fit on CDNOW's sample", () => {
  const file = publicData('cdnow/CDNOW_sample.txt');
  const span = ['--until', '1997-09-30', '--holdout', '1998-06-30'];
  const argv = ['value', 'fit', file, '--mapping', 'cdnow-sample', ...span];

  it('prints the published row, and models beside baselines', async () => {
    expect(await run([...argv, '--model', 'all'])).toBe(0);
    expect(written.out).toContain('bg-nbd, log-likelihood -9582.43');
    expect(written.out).toMatch(/alpha +4\.4136/);
    expect(written.out).toMatch(/pareto-nbd +1665\.5 +-11\.5 % +0\.755 +1\.603/);
    expect(written.out).toMatch(/own rate × time +2930\.1 +55\.7 %/);
    expect(written.out).toContain('Chosen: pareto-nbd');
    expect(written.out).toContain('! By Spearman better than pareto-nbd: own rate × time');
    expect(written.out).toMatch(/pareto-nbd × gamma-gamma +60449\.30/);
  });

  it('is what the documentation shows of it', async () => {
    const docs = readFileSync(new URL('../../../../docs/lifetime-value.md', import.meta.url), 'utf8');
    expect(await run([...argv, '--model', 'all'])).toBe(0);
    const printed = written.out.slice(written.out.indexOf('Holdout: '));
    for (const line of printed.trimEnd().split('\n')) expect(docs).toContain(line);
  });
});

describe('perennial value calibration', () => {
  /** Customers who come every so often; those with an odd number stop for good after the first 200 days. */
  const visits = (many: number, days: number) =>
    Array.from({ length: many }, (_, customer) => {
      const [first, every, until] = [
        customer % 60,
        7 + ((customer * 13) % 50),
        customer % 2 ? Math.min(200, days) : days,
      ];
      return Array.from({ length: Math.max(1, Math.ceil((until - first) / every)) }, (__, visit) => {
        const day = new Date(Date.UTC(2025, 0, 1 + first + visit * every)).toISOString().slice(0, 10);
        return `${customer}-${visit},${day} 12:00,c${customer},10.00`;
      });
    }).flat();

  it('tells of days of the past what chances were told, and what came', async () => {
    expect(
      await run(['value', 'calibration', ...shop(visits(100, 400)), '--model', 'mbg-nbd', '--json']),
    ).toBe(0);
    const { customers, trials } = JSON.parse(written.out) as Calibration;
    expect(customers).toBe(100);
    expect(trials.length).toBeGreaterThan(10);
    for (const { told, corrected, recalibration, gain, horizonDays, learntDays, until } of trials) {
      expect(until > '2025-04-01' && until < '2026-01-01').toBe(true);
      expect(horizonDays).toBeGreaterThanOrEqual(Math.min(learntDays, 70));
      expect(told.tenths.map(({ actual }) => actual)).toEqual(corrected.tenths.map(({ actual }) => actual));
      if (recalibration.slope === 1 && recalibration.intercept === 0) expect(told).toEqual(corrected);
      expect(told.logLoss - corrected.logLoss).toBeCloseTo(gain, 10);
    }
    written.out = '';
    expect(await run(['value', 'calibration', ...shop(visits(100, 400)), '--model', 'mbg-nbd'])).toBe(0);
    expect(written.out).toContain('On each day models know only what came before');
    expect(written.out).toMatch(/In all of them, on average: off by 0\.\d+ → 0\.\d+/);
  });

  it('says where days are too few, and which models it knows', async () => {
    expect(await run(['value', 'calibration', ...shop(visits(50, 60))])).toBe(2);
    expect(written.err).toContain('which are too few');
    expect(await run(['value', 'calibration', ...shop(visits(50, 60)), '--model', 'sbg'])).toBe(2);
    expect(written.err).toContain('"sbg" tells no chance to order within days; there are bg-nbd');
  });

  it('is what scores are corrected by where the model is chosen on the last days', async () => {
    // 200 days in which everybody came, and 100 in which half of them stayed away.
    const argv = ['value', 'score', ...shop(visits(400, 300)), '--horizon', '100'];
    expect(await run(argv)).toBe(0);
    expect(written.err).toContain('chances to be active are corrected by what was off on them');
    const name = columnsOf(written.out, 'model')[0]![0]!;
    const corrected = columnsOf(written.out, 'probability_active', 'expected_orders').map((row) =>
      row.map(Number),
    );
    written.out = '';
    expect(await run([...argv, '--model', name])).toBe(0);
    const told = columnsOf(written.out, 'probability_active', 'expected_orders').map((row) =>
      row.map(Number),
    );
    expect(corrected.map(([, orders]) => orders)).toEqual(told.map(([, orders]) => orders));
    expect(corrected.some(([active], row) => active !== told[row]![0])).toBe(true);
    // Nobody is ranked anew, as far as four digits tell.
    const ranked = [...corrected.keys()].sort((one, other) => corrected[one]![0]! - corrected[other]![0]!);
    ranked.slice(1).forEach((row, before) => {
      if (corrected[row]![0]! > corrected[ranked[before]!]![0]! + 1e-4)
        expect(told[row]![0]).toBeGreaterThanOrEqual(told[ranked[before]!]![0]!);
    });
  });
});
