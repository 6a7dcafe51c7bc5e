import { relationshipDays } from '../scores/relationship.js';

/**
 * SQL: the group of each customer of today at the end of a day (a parameter of type date), and what was expected
 * of it then: by the latest change up to that day; else as before the first one after it; else as it is now.
 * Customers whose first order or subscription is later were in none.
 */
const groupsOn = (day: string) => `
  select s.customer_id,
         coalesce((select c."to" from changed c where c.customer_id = s.customer_id and c.as_of <= ${day}
                    order by c.as_of desc, c.decided_at desc, c.event_id desc limit 1),
                  (select c."from" from changed c where c.customer_id = s.customer_id and c.as_of > ${day}
                    order by c.as_of, c.decided_at, c.event_id limit 1), g."group") as "group"
    from scores s join relationship_group g using (customer_id)
   where s.as_of - ${relationshipDays} <= ${day}`;

/** Customers and their value by the groups that they were in on the days in `$1` and `$2`; unmoved ones, too. */
export const groupMovesSql = `
  with changed as materialized (
    select customer_id, c.* from group_change c join subject using (subject_id)
  )
  select before."group" as "from", after."group" as "to", count(*)::int as customers,
         sum(g.value_per_year)::text as "valuePerYear", sum(g.expected_value)::text as "expectedValue"
    from (${groupsOn('$2::date')}) after left join (${groupsOn('$1::date')}) before using (customer_id)
    join relationship_group g using (customer_id)
   group by before."group", after."group"
   order by sum(g.expected_value) desc, before."group" nulls first, after."group"`;
