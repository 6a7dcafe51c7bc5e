import { Refused } from '@perennial/service';

/** What reads: a TypeORM DataSource over a service's stable schema. */
interface Reader {
  query<Rows>(sql: string, parameters?: unknown[]): Promise<Rows>;
}

/**
 * The customer that an identifier belongs to now. `id` is the id of a subject, or of a customer, also of one
 * that has been merged into another since. Throws Refused (`unknown-customer`, 404) if nobody has it.
 */
export async function currentCustomer(reader: Reader, id: string): Promise<string> {
  const rows = await reader.query<{ customer_id: string }[]>(
    `select customer_id from subject where subject_id = $1
     union all
     (select customer_id from subject where customer_id = $1 limit 1)
     limit 1`,
    [id],
  );
  const customer = rows[0]?.customer_id;
  if (customer === undefined)
    throw new Refused(
      'unknown-customer',
      'No customer has this id, or none that is known here yet.',
      'missing',
    );
  return customer;
}
