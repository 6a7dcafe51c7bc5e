import type { AnalystView } from '@perennial/read-models';

/**
 * How strongly two products go together, computed when read from exact counts: a and b in so many of n baskets.
 *
 * - lift = P(a and b) / (P(a) P(b)) = n(ab) n / (n(a) n(b)): how many times as often as by chance
 *   (Brin, Motwani, Ullman, Tsur: Dynamic itemset counting and implication rules for market basket data, 1997,
 *   who call it interest). It corrects that popular products stand in every basket; but it favours what is rare.
 * - cosine = n(ab) / sqrt(n(a) n(b)): between the vectors of the baskets that hold each product
 *   (Linden, Smith, York: Amazon.com recommendations, item-to-item collaborative filtering, 2003).
 * - score = cosine * n(ab) / (n(ab) + 10): shrunk towards zero where few orders speak for it
 *   (Bell, Koren: Scalable collaborative filtering with jointly derived neighborhood interpolation weights,
 *   2007, who shrink similarities by the size of their support).
 */
const SHRINKAGE = 10;

export const alsoBought: AnalystView = {
  name: 'also_bought',
  comment:
    'Customers who bought a product also bought: each pair of products in at least two common orders, in both directions. Read it by sku, or sorted by score.',
  columns: {
    sku: 'product code in capitals',
    name: 'its name',
    also_sku: 'code of the product that was bought with it',
    also_name: 'name of that product',
    also_on_sale: 'whether that product can be bought now',
    baskets_together: 'orders with both',
    baskets: 'orders with the product',
    also_baskets: 'orders with the other product',
    lift: 'how many times as often together as by chance: above 1 they attract each other',
    score:
      'what lists are sorted by: cosine of the two products, shrunk where few orders speak for it; 0 to 1',
    reason: 'why it is recommended, in words',
  },
  sql: `
    with pair as (
      select sku_a as sku, sku_b as also_sku, baskets from item_pair where baskets >= 2
      union all
      select sku_b, sku_a, baskets from item_pair where baskets >= 2
    ),
    measured as (
      select pair.sku, pair.also_sku, pair.baskets as baskets_together, one.baskets, other.baskets as also_baskets,
             pair.baskets::float8 * (select sum(baskets) from basket_month)::float8
               / (one.baskets::float8 * other.baskets) as lift,
             pair.baskets / sqrt(one.baskets::float8 * other.baskets)
               * pair.baskets / (pair.baskets + ${SHRINKAGE}) as score
        from pair
        join item one on one.sku = pair.sku
        join item other on other.sku = pair.also_sku
    )
    select m.sku, coalesce(p.name, m.sku), m.also_sku, coalesce(q.name, m.also_sku), coalesce(q.on_sale, true),
           m.baskets_together, m.baskets, m.also_baskets, m.lift, m.score,
           format('bought together in %s orders; %s times as often as chance', m.baskets_together, round(m.lift::numeric, 1))
      from measured m
      left join product p on p.sku = m.sku
      left join product q on q.sku = m.also_sku`,
};

export const productsView: AnalystView = {
  name: 'products',
  comment: 'Every product that was listed or bought, with how often it was.',
  columns: {
    sku: 'product code in capitals',
    code: 'product code as its publisher spells it',
    name: 'name for people',
    category: 'category; levels parted by " / "',
    brand: 'brand or maker',
    price: 'price of one piece',
    currency: 'currency of the price, ISO 4217',
    on_sale: 'whether it can be bought now, as far as listings tell',
    baskets: 'orders with it, neither cancelled nor returned',
  },
  sql: `
    select coalesce(p.sku, i.sku), coalesce(p.code, p.sku, i.sku), coalesce(p.name, i.sku), p.category, p.brand,
           p.price, p.currency, coalesce(p.on_sale, true), coalesce(i.baskets, 0)
      from product p full join item i on i.sku = p.sku`,
};
