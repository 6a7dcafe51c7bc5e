import type { ReadModelsDefinition } from '@perennial/read-models';
import { channelPerformance } from './channels/channel-performance.view.js';
import { conversions } from './conversions/conversion.facts.js';
import { Customers } from './customers/customers.derived.js';
import { erasures } from './erasures/erasure.facts.js';
import { identification, type IdentificationOptions } from './identification/identification.policy.js';
import { links } from './identification/link.facts.js';
import { consents } from './profiles/consent.facts.js';
import { profiles } from './profiles/profile.facts.js';
import { residences } from './profiles/residence.facts.js';
import { touches } from './touches/touch.facts.js';

/** What acquisition knows and decides. */
export const acquisitionWith = (options?: IdentificationOptions): ReadModelsDefinition => ({
  schema: 'acquisition',
  facts: [links, touches, conversions, profiles, residences, consents, erasures],
  tables: [Customers],
  views: [channelPerformance],
  policies: [identification(options)],
  everybody: true,
});

export const acquisition = acquisitionWith();
