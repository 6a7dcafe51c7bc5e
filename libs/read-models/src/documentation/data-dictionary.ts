import type pg from 'pg';
import { factTableOf, type Merge } from '../facts/fact-table.js';
import type { Facts } from '../facts/facts.js';
import { ReadModels, type ReadModelsDefinition } from '../read-models.js';
import { ANALYST_ROLE, createTables, prepareSchema } from '../storage/schema.js';
import { replaceViews } from '../storage/view.js';

const INTRODUCTION = `# Data dictionary

Made by \`npm run generate\` from the definitions of the read models. Every text here is also a comment in the database: \`\\d+ retention.purchases\` in \`psql\` shows it.

Kinds: **facts** are merged from events, column by column; **derived** tables are computed for each customer from facts; **aggregate** tables are sums over all rows of one fact table; a **view** is computed when it is read. How a fact's column is merged: *key* makes rows one row; *earliest* and *latest* are by the time of the event, never of its arrival; *min*, *max*, *sum* and *set* are what they say; *value* is the one event's own; *computed* comes from the row's other columns.
`;

interface DescribedColumn {
  name: string;
  type: string;
  comment: string;
}

interface DescribedView {
  name: string;
  comment: string;
  visible: boolean;
  /** Views and tables that its query reads. */
  reads: string[];
  columns: DescribedColumn[];
}

/**
 * The page that describes all that analysts find: Markdown. Makes the schemas in the database behind `client`,
 * which must be empty, and asks Postgres for them: so types, comments and rights are those that analysts meet.
 */
export async function dataDictionary(
  client: pg.ClientBase,
  definitions: readonly ReadModelsDefinition[],
): Promise<string> {
  const sections: string[] = [];
  for (const definition of definitions) {
    const models = new ReadModels(definition);
    await prepareSchema(client, models);
    await createTables(client, models.schema, models.all);
    await replaceViews(client, models);
    sections.push(section(models, await describedViews(client, models.schema)));
  }
  return [INTRODUCTION, ...sections].join('\n');
}

async function describedViews(client: pg.ClientBase, schema: string): Promise<DescribedView[]> {
  const { rows } = await client.query<DescribedView>(
    `select c.relname as name, obj_description(c.oid, 'pg_class') as comment,
            has_table_privilege($2, c.oid, 'select') as visible,
            array(select distinct s.relname::text
                    from pg_rewrite r
                    join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
                    join pg_class s on s.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
                   where r.ev_class = c.oid and s.oid <> c.oid
                   order by 1) as reads,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                               'comment', col_description(c.oid, a.attnum)) order by a.attnum)
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns
       from pg_class c
      where c.relnamespace = $1::regnamespace and c.relkind = 'v'
      order by c.relname`,
    [schema, ANALYST_ROLE],
  );
  return rows;
}

function section(models: ReadModels, views: readonly DescribedView[]): string {
  const hidden = views.filter(({ visible }) => !visible);
  return [
    `## ${models.schema}\n`,
    ...views.filter(({ visible }) => visible).map((view) => described(models, view)),
    ...(hidden.length ? [notVisible(models.schema, hidden)] : []),
  ].join('\n');
}

function described(models: ReadModels, view: DescribedView): string {
  const model = models.byName(view.name);
  const facts = models.facts.find(({ table }) => table.name === view.name);
  const merges = facts && mergesOf(facts);
  const head = ['column', 'type', ...(merges ? ['merged by'] : []), 'what it is'];
  return [
    `### ${models.schema}.${view.name}\n`,
    `${view.comment}\n`,
    `_${model?.kind ?? 'view'}_; from ${facts ? eventsOf(facts) : namesOf(model?.from ?? view.reads)}\n`,
    row(head),
    row(head.map(() => '---')),
    ...view.columns.map(({ name, type, comment }) =>
      row([`\`${name}\``, shortened(type), ...(merges ? [merges.get(name) ?? 'computed'] : []), comment]),
    ),
    '',
  ].join('\n');
}

const notVisible = (schema: string, views: readonly DescribedView[]) =>
  [
    `### Not visible to analysts\n`,
    ...views.map(({ name, comment }) => `- \`${schema}.${name}\`: ${comment} It holds personal data.`),
    '',
  ].join('\n');

const mergesOf = ({ table }: Facts): Map<string, Merge> =>
  new Map(factTableOf(table.entity).columns.map(({ name, merge }) => [name, merge]));

const eventsOf = ({ on, any }: Facts): string =>
  any ? 'every event' : [...on.keys()].map((type) => `[${type}](events/${type}.md)`).join(', ');

const namesOf = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

const shortened = (type: string) => type.replace('timestamp with time zone', 'timestamptz');

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
