import type { EventData } from '@perennial/events';
import { DAY, MINUTE, SECOND } from '../company/calendar.js';
import { identity } from '../company/company.parameters.js';
import { streets, towns } from '../company/names.js';
import type { Story } from '../simulation/story.js';
import type { Customer, Device } from './customer.js';

type Evidence = EventData<'identity.linked'>['evidence'];

/** Tells that two identifiers are one customer. */
export const link = (story: Story, time: number, subject: string, other: string, evidence: Evidence) =>
  story.tell(time, 'identity.linked', subject, { other, evidence });

/** Opens an account and tells the profile; what was known as a guest or by card is linked to it. */
export function openAccount(
  story: Story,
  customer: Customer,
  time: number,
  touch: EventData<'customer.registered'>,
): string {
  const { random, guest } = customer;
  const user = `user:${story.label}-${1000 + story.number('account')}`;
  customer.user = user;
  story.tell(time, 'customer.registered', user, touch);
  story.tell(time + SECOND, 'profile.updated', user, profileOf(customer));
  if (guest) link(story, time + 2 * SECOND, guest, user, 'form');
  else if (random.chance(identity.newsletters)) subscribe(story, customer, user, time);
  customer.hearsOfCampaigns = random.chance(identity.consent);
  story.tell(time + 3 * SECOND, 'consent.changed', user, {
    purposes: { marketing: customer.hearsOfCampaigns, personalisation: random.chance(0.7) },
    source: 'registration',
  });
  if (customer.hearsOfCampaigns && random.chance(identity.withdrawn)) {
    story.at(time + random.between(60, 400) * DAY, (later) => {
      customer.hearsOfCampaigns = false;
      story.tell(later, 'consent.changed', user, {
        purposes: { marketing: false },
        source: 'unsubscribe-link',
      });
    });
  }
  return user;
}

/** The newsletter knew the address first; some days later it is found to be the account's. */
function subscribe(story: Story, { email, random }: Customer, user: string, time: number): void {
  const subject = `email:${email}`;
  story.tell(time + 2 * SECOND, 'consent.changed', subject, {
    purposes: { newsletter: true },
    source: 'footer',
  });
  link(story, time + random.between(1, 20) * DAY, subject, user, 'form');
}

/** Orders without an account: the address is all that is known. */
export function orderAsGuest(story: Story, customer: Customer, time: number): string {
  const guest = `email:${customer.email}`;
  customer.guest = guest;
  story.tell(time, 'profile.updated', guest, profileOf(customer));
  return guest;
}

/** Takes a card in the store. */
export function takeCard(story: Story, customer: Customer, time: number): string {
  const card = `card:${story.label}-${String(story.number('card')).padStart(6, '0')}`;
  customer.card = card;
  story.tell(time, 'customer.registered', card, { channel: 'store' });
  return card;
}

/** Somebody who has both enters the card in the account. */
export function enterCard(story: Story, customer: Customer): void {
  const { card, user, random } = customer;
  if (!card || !user || customer.cardLinked) return;
  customer.cardLinked = true;
  if (!random.chance(identity.cardsLinked)) return;
  link(story, story.now + random.between(0.1, 30) * DAY, card, user, 'form');
}

/** Recognises the owner of a device, once. */
export function recognise(story: Story, device: Device, owner: string, time: number): void {
  if (device.linkedTo === owner) return;
  device.linkedTo = owner;
  link(story, time, device.subject, owner, owner.startsWith('user:') ? 'login' : 'form');
}

/** Two strangers are taken for one, and some days later somebody notices. */
export function linkWrongly(story: Story, one: Customer, other: Customer, time: number): void {
  const { random } = story;
  const subject = one.devices[0]!.subject;
  const user = other.user!;
  link(story, time, subject, user, 'login');
  story.tell(time + random.between(2, 20) * DAY + MINUTE, 'identity.unlinked', subject, {
    other: user,
    evidence: 'operator',
    reason: 'Two people shared one tablet.',
  });
}

function profileOf(customer: Customer): EventData<'profile.updated'> {
  const { random, givenName, familyName, email, country, language, business } = customer;
  return {
    email,
    firstName: givenName,
    lastName: familyName,
    country,
    language,
    address: {
      street: `${random.pick(streets)} ${random.integer(1, 99)}`,
      city: random.pick(towns),
      postalCode: '00000',
      country,
    },
    ...(business && { company: `${familyName} & Sample Ltd` }),
    ...(random.chance(0.4) && { birthday: `${random.integer(1945, 2004)}-0${random.integer(1, 9)}-15` }),
  };
}
