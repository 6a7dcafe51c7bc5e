import type { Campaign } from '@perennial/events';

/** What an event may say of the way by which the customer came. */
export interface Touchpoint {
  channel?: string | undefined;
  campaign?: Campaign | undefined;
  /** Host name of the referring page. */
  referrer?: string | undefined;
}

/** What the words of link parameters (utm_medium) usually stand for. */
const media: Readonly<Record<string, string>> = {
  cpc: 'paid search',
  ppc: 'paid search',
  paidsearch: 'paid search',
  'paid-search': 'paid search',
  sem: 'paid search',
  organic: 'search',
  'e-mail': 'email',
  newsletter: 'email',
  'social-media': 'social',
  'social-network': 'social',
  sm: 'social',
  banner: 'display',
  cpm: 'display',
  affiliates: 'affiliate',
};

const searchEngines = /(^|\.)(google|bing|duckduckgo|yahoo|baidu|yandex|ecosia|qwant|startpage|search)\./;
const socialNetworks =
  /(^|\.)(facebook|instagram|twitter|linkedin|pinterest|reddit|tiktok|youtube|snapchat|vk|xing|threads|mastodon|social)\.|(^|\.)(t\.co|x\.com|fb\.me|lnkd\.in|youtu\.be|bsky\.app)$/;

const word = (text: string | undefined) => text?.trim().toLowerCase() || undefined;

/**
 * The channel that an event came by, in lower case: what it says itself, or what its campaign's medium or
 * source says, or what kind of page referred to it (search, social, referral), or `direct`.
 */
export function channelOf({ channel, campaign, referrer }: Touchpoint): string {
  const medium = word(campaign?.medium);
  return (
    word(channel) ??
    (medium && (media[medium] ?? medium)) ??
    word(campaign?.source) ??
    referrerChannel(word(referrer)) ??
    'direct'
  );
}

function referrerChannel(host: string | undefined): string | undefined {
  if (!host) return undefined;
  if (searchEngines.test(host)) return 'search';
  return socialNetworks.test(host) ? 'social' : 'referral';
}
