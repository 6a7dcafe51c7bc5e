import type { Campaign, JsonObject } from '@perennial/events';
import { objectOf, Properties } from './properties.js';
import type { SegmentCall } from './segment-call.js';

export interface Touch {
  channel?: string;
  campaign?: Campaign;
  referrer?: string;
}

const channels: Record<string, string> = { browser: 'web', web: 'web', mobile: 'app' };

function channelOf({ kind, message, context }: SegmentCall): string | undefined {
  const stated = typeof message.channel === 'string' ? channels[message.channel] : undefined;
  if (stated) return stated;
  if (kind === 'screen') return 'app';
  return kind === 'page' || context.page !== undefined ? 'web' : undefined;
}

function campaignOf(context: JsonObject): Campaign | undefined {
  const campaign = new Properties(objectOf(context.campaign));
  const fields = ['name', 'source', 'medium', 'term', 'content'].flatMap((field) => {
    const text = campaign.text(200, field);
    return text === undefined ? [] : [[field, text] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

const hostOf = (address: unknown): string | undefined => {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const host = new URL(address).hostname;
  return /^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$/.test(host) ? host : undefined;
};

/** The host alone: an address may hold personal data. A page of the same site led nobody here. */
function referrerOf({ context, properties }: SegmentCall): string | undefined {
  const page = objectOf(context.page);
  const referrer = hostOf(
    objectOf(context.referrer).url ?? page.referrer ?? context.referrer ?? properties.value('referrer'),
  );
  return referrer === hostOf(page.url ?? properties.value('url')) ? undefined : referrer;
}

/** By what way the customer came, of what a call tells of its surroundings. */
export function touchOf(call: SegmentCall): Touch {
  const channel = channelOf(call);
  const campaign = campaignOf(call.context);
  const referrer = referrerOf(call);
  return { ...(channel && { channel }), ...(campaign && { campaign }), ...(referrer && { referrer }) };
}
