import { empty, table } from './elements.mjs';
import { ago, number } from './format.mjs';

const behind = (lag) => (lag === 0 ? 'nothing' : `${number(lag)} events`);
const updated = (updatedAt) => (updatedAt ? ago(updatedAt) : 'never');

/** A line a service: its read models advance together. */
export function services({ readModels: all }) {
  if (all.length === 0) return empty('No service with read models runs in this process.');
  const columns = [
    { title: 'Service' },
    { title: 'Read models', amount: true },
    { title: 'Behind by', amount: true },
    { title: 'Updated', amount: true },
  ];
  const lines = [...Map.groupBy(all, ({ name }) => name.split('.')[0])].map(([service, of]) => [
    service,
    number(of.length),
    behind(Math.max(...of.map(({ lag }) => lag))),
    updated(of[0].updatedAt),
  ]);
  return table('Services, and how far they lag behind the journal', columns, lines);
}

export function readModels({ readModels: all }) {
  const columns = [{ title: 'Read model' }, { title: 'Kind' }, { title: 'Rows', amount: true }];
  const lines = all.map(({ name, kind, rows }) => [name, kind, number(rows)]);
  return table('Read models and their rows', columns, lines);
}
