import { FactTable, facts, Key, Max, Min, SubjectKey, Sum } from '@perennial/read-models';
import { channelOf } from '../timeline/channel.js';
import { isInteraction } from '../timeline/timeline.facts.js';

/** What we do rather than the customer. */
const ours = new Set(['shipment.dispatched', 'shipment.delivered', 'shipment.failed']);

/** Small enough to be summed for many days and customers when read, which the timeline is not. */
@FactTable('contact_day', {
  comment: 'One row an identifier, day and channel: how often the customer did something.',
  indexes: [['day']],
})
export class ContactDay {
  @SubjectKey() subjectId!: string;
  @Key('date', 'day (UTC)') day!: string;
  @Key('text', 'by what way: web, app, store, phone …; "unspecified" where events do not say')
  channel!: string;
  @Sum('integer', 'what the customer did, event by event; shipments are ours and do not count')
  interactions!: number;
  @Min('timestamptz', 'first of them') firstAt?: string;
  @Max('timestamptz', 'last of them') lastAt?: string;
}

export const contactDays = facts(
  ContactDay,
  {},
  {
    any: (event) =>
      isInteraction(event) && !ours.has(event.type)
        ? {
            day: event.time.slice(0, 10),
            channel: channelOf(event) ?? 'unspecified',
            interactions: 1,
            firstAt: event.time,
            lastAt: event.time,
          }
        : undefined,
  },
);
