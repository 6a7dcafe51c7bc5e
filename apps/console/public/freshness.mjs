import { empty, table } from './elements.mjs';
import { ago, number } from './format.mjs';

const columns = [
  { title: 'Read model' },
  { title: 'Rows', amount: true },
  { title: 'Behind by', amount: true },
  { title: 'Updated', amount: true },
];

export function freshness({ status }) {
  if (status.readModels.length === 0) return empty('No service with read models runs in this process.');
  return table(
    'Read models, their rows and how far they lag behind the journal',
    columns,
    status.readModels.map(({ name, rows, lag, updatedAt }) => [
      name,
      number(rows),
      lag === 0 ? 'nothing' : number(lag),
      updatedAt ? ago(updatedAt) : 'never',
    ]),
  );
}
