import type { ReadModelsDefinition } from '@perennial/read-models';
import { Activity } from './activity/activity.derived.js';
import { contactDays } from './activity/contact-day.facts.js';
import { customerTimeline, dailyActivity, delivery, openSession } from './interactions.views.js';
import { orders } from './orders/order.facts.js';
import { shipments } from './orders/shipment.facts.js';
import { Session } from './sessions/session.derived.js';
import { timeline } from './timeline/timeline.facts.js';

/** Everything that interactions know. */
export const interactions: ReadModelsDefinition = {
  schema: 'interactions',
  facts: [timeline, contactDays, orders, shipments],
  tables: [Session, Activity],
  views: [customerTimeline, openSession, delivery, dailyActivity],
};
