import { element, empty, table } from './elements.mjs';
import { monthName, number, share } from './format.mjs';

/** How many cohorts and months fit on a page. */
const SHOWN = 12;
/** A share from which a cell has the strongest colour, on which text can still be read. */
const STRONGEST = 0.3;

export function cohorts({ cohorts: rows }) {
  const byCohort = Map.groupBy(rows, ({ cohort }) => cohort);
  const latest = [...byCohort].slice(-SHOWN);
  if (latest.length === 0) return empty('No orders yet.');
  const months = Math.min(SHOWN, Math.max(...latest.map(([, of]) => of.at(-1).monthsSince)));
  const columns = [
    { title: 'First order' },
    { title: 'Customers', amount: true },
    ...Array.from({ length: months }, (_, index) => ({ title: `+${index + 1}` })),
  ];
  const lines = latest.map(([cohort, of], line) => {
    const known = new Map(of.map((month) => [month.monthsSince, month]));
    // Later months than the latest cohort's are still to come, not empty.
    const past = latest.length - 1 - line;
    return [
      monthName(cohort),
      number(of[0].cohortCustomers),
      ...Array.from({ length: months }, (_, index) => cell(known.get(index + 1), index + 1 <= past)),
    ];
  });
  return table('Share of each cohort that ordered again, by months since the first order', columns, lines, {
    class: 'heat',
  });
}

function cell(month, isPast) {
  if (!month && !isPast) return element('td', {}, '');
  const part = month ? Number(month.share) : 0;
  const heat = Math.min(1, part / STRONGEST);
  return element(
    'td',
    {
      class: 'cell',
      '--heat': `${Math.round(4 + heat * 46)}%`,
      title: month ? `${number(month.customers)} customers, ${number(month.orders)} orders` : 'nobody',
    },
    part === 0 ? '·' : share(part),
  );
}
