import { jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, publicData } from '@perennial/testing';
import { run } from '../program.js';

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
    [['--until', '2026-02-01', '--model', 'bgnbd'], 'there are bg-nbd'],
  ])('refuses %j and says why', async (more, message) => {
    expect(await run(['value', 'fit', ...shop(orders), ...more])).toBe(2);
    expect(written.err).toContain(message);
  });

  it('refuses a file without customers', async () => {
    expect(await run(['value', 'fit', ...shop(['5,2026-01-20 08:00,,99.00']), '--until', '2026-02-01'])).toBe(
      2,
    );
    expect(written.err).toContain('no orders of customers');
  });
});

describeWith('cdnow/CDNOW_sample.txt')("perennial value fit on CDNOW's sample", () => {
  it('prints the published row, and models beside baselines', async () => {
    const file = publicData('cdnow/CDNOW_sample.txt');
    const argv = [
      'value',
      'fit',
      file,
      '--mapping',
      'cdnow-sample',
      '--until',
      '1997-09-30',
      '--holdout',
      '1998-06-30',
    ];
    expect(await run([...argv, '--model', 'all'])).toBe(0);
    expect(written.out).toContain('bg-nbd, log-likelihood -9582.43');
    expect(written.out).toMatch(/alpha +4\.4136/);
    expect(written.out).toMatch(/pareto-nbd +1665\.5 +-11\.5 % +0\.755 +1\.603/);
    expect(written.out).toMatch(/own rate × time +2930\.1 +55\.7 %/);
    expect(written.out).toContain('Chosen: pareto-nbd');
  });
});
