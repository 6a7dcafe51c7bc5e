import type { AnalystView } from '@perennial/read-models';

/** What the channels bring, by the month of the first touch. */
export const channelPerformance: AnalystView = {
  name: 'channel_performance',
  comment:
    'Customers by the channel and month (UTC) of their first touch, and how many of them became buyers.',
  columns: {
    channel: 'channel of the first touch',
    month: 'first day of the month of the first touch',
    customers: 'customers, known or anonymous, whose first touch that was',
    identified: 'those of them that are known by name or account',
    converted: 'those of them that placed an order since',
    conversion: 'converted divided by customers: 0 to 1',
    median_days_to_convert: 'days from first touch to first order, as the median of those who converted',
  },
  sql: `
    select channel, date_trunc('month', first_touch_at at time zone 'UTC')::date as month,
           count(*)::int, (count(*) filter (where identified))::int, count(converted_at)::int,
           round(count(converted_at)::numeric / count(*), 4),
           round((percentile_cont(0.5) within group (order by extract(epoch from converted_at - first_touch_at) / 86400.0))::numeric, 2)
      from customers
     where first_touch_at is not null
     group by channel, month
     order by month, channel`,
};
