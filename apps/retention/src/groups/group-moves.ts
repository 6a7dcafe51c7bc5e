import { relationshipDays } from '../scores/relationship.js';

/**
 * SQL: the group of each customer of today at the end of a day (a parameter of type date), and by which change it came
 * there: the latest one up to that day; else it was as before the first one after it; else as it is now. Customers
 * whose first order or subscription is later were in none.
 */
const groupsOn = (day: string) => `
  select s.customer_id, entered.as_of as entered_on, entered.value_per_year, entered.expected_value,
         coalesce(entered."to",
                  (select c."from" from changed c where c.customer_id = s.customer_id and c.as_of > ${day}
                    order by c.as_of, c.decided_at, c.event_id limit 1), g."group") as "group"
    from scores s join relationship_group g using (customer_id)
    left join lateral (
      select c.* from changed c where c.customer_id = s.customer_id and c.as_of <= ${day}
       order by c.as_of desc, c.decided_at desc, c.event_id desc limit 1
    ) entered on true
   where s.as_of - ${relationshipDays} <= ${day}`;

/**
 * Customers and their value by the groups that they were in on the days in `$1` and `$2`; unmoved ones, too. Who came
 * into the later group in between counts with the value of that moment, all others with that of today.
 */
export const groupMovesSql = `
  with changed as materialized (
    select customer_id, c.* from group_change c join subject using (subject_id)
  ), moved as (
    select before."group" as "from", after."group" as "to",
           case when moment then after.value_per_year else g.value_per_year end as value_per_year,
           case when moment then after.expected_value else g.expected_value end as expected_value
      from (${groupsOn('$2::date')}) after left join (${groupsOn('$1::date')}) before using (customer_id)
      join relationship_group g using (customer_id)
     cross join lateral (select coalesce(after.entered_on > $1::date, false)) m (moment)
  )
  select "from", "to", count(*)::int as customers, sum(value_per_year)::text as "valuePerYear",
         sum(expected_value)::text as "expectedValue"
    from moved group by "from", "to"
   order by sum(expected_value) desc, "from" nulls first, "to"`;
