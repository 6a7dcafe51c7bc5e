import type { EventData } from '@perennial/events';
import {
  Earliest,
  FactTable,
  facts,
  Min,
  SubjectKey,
  Sum,
  type ProjectedEvent,
} from '@perennial/read-models';
import { channelOf } from './channel.js';

/** One row an identifier: how it first came to us. */
@FactTable('touch', { comment: 'One row an identifier: its first touch, and how many there were.' })
export class Touch {
  @SubjectKey() subjectId!: string;
  @Min('timestamptz', 'time of the first touch') firstTouchAt?: string;
  @Earliest('text', 'channel of the first touch') channel?: string;
  @Earliest('text', 'campaign of the first touch, if it had one') campaign?: string;
  @Earliest('text', 'who sent the visitor with the first touch, e.g. newsletter') source?: string;
  @Earliest('text', 'host name of the page that referred to the first touch') referrer?: string;
  @Sum('integer', 'touches') touches!: number;
}

/** Types of events that say by what way the customer came. */
type TouchName =
  | 'page.viewed'
  | 'screen.viewed'
  | 'product.viewed'
  | 'product.list.viewed'
  | 'products.searched'
  | 'product.wished'
  | 'activity.recorded'
  | 'inquiry.received'
  | 'customer.registered'
  | 'order.placed';

const touch = ({ data, time }: ProjectedEvent<TouchName>) => {
  const { channel, campaign, referrer }: Partial<EventData<'order.placed'>> = data;
  return {
    firstTouchAt: time,
    channel: channelOf({ channel, campaign, referrer }),
    // All columns are of the first touch, also where it says nothing: a later campaign did not bring the customer.
    campaign: campaign?.name ?? null,
    source: campaign?.source ?? null,
    referrer: referrer ?? null,
    touches: 1,
  };
};

export const touches = facts(Touch, {
  'page.viewed': touch,
  'screen.viewed': touch,
  'product.viewed': touch,
  'product.list.viewed': touch,
  'products.searched': touch,
  'product.wished': touch,
  'activity.recorded': touch,
  'inquiry.received': touch,
  'customer.registered': touch,
  'order.placed': touch,
});
