import type { Campaign } from '@perennial/events';
import type { ProjectedEvent } from '@perennial/read-models';

/** Fields of a touch; only some types of event have them. */
interface Touch {
  channel?: string;
  campaign?: Campaign;
  referrer?: string;
}

/** Where the event says nothing, its type may: pages are of a web site, screens of an app. */
const byType: Partial<Record<string, string>> = { 'page.viewed': 'web', 'screen.viewed': 'app' };

/** By what way the customer and we met; undefined if it is not known. */
export const channelOf = ({ type, data }: ProjectedEvent): string | undefined =>
  (data as Touch).channel ?? byType[type];

/** What brought the visit; undefined if it is not known. */
export function sourceOfVisit({ data }: ProjectedEvent): string | undefined {
  const { campaign, referrer } = data as Touch;
  return campaign?.source ?? campaign?.name ?? referrer;
}
