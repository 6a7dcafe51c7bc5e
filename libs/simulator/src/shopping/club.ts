import { Random } from '../chance/random.js';
import { DAY, monthsLater } from '../company/calendar.js';
import { clubs, type Club } from '../company/company.parameters.js';
import { euros } from '../company/shelf.js';
import type { Customer } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';

/**
 * Some who have opened an account join a club: what they get is sent to them every month or quarter until they
 * cancel. Its chance is its own, so that with or without clubs everybody shops the same.
 */
export function maybeJoinClub(story: Story, customer: Customer): void {
  const random = new Random(`${customer.email}/club`);
  if (!random.chance(clubs.joined) || !customer.user) return;
  const club = random.pick(clubs.offered);
  const subject = customer.user;
  // Heterogeneous as the shifted-beta-geometric model assumes (Fader and Hardie 2007).
  const leaves = random.beta(clubs.leaving.a, clubs.leaving.b);
  story.at(story.now + random.exponential(clubs.joinsAfter * DAY), (begin) => {
    const subscriptionId = story.identifier('C');
    story.tell(begin, 'subscription.started', subject, {
      subscriptionId,
      plan: club.plan,
      price: euros(club.price),
      period: { count: club.months, unit: 'month' },
    });
    goOn(story, { club, subject, subscriptionId, begin, leaves, random }, 1);
  });
}

interface Membership {
  club: Club;
  subject: string;
  subscriptionId: string;
  begin: number;
  /** Probability of leaving at the end of a period. */
  leaves: number;
  random: Random;
}

/** At the end of each period: another one, or notice some days before. */
function goOn(story: Story, membership: Membership, period: number): void {
  const { club, subject, subscriptionId, begin, leaves, random } = membership;
  const end = monthsLater(begin, period * club.months);
  const periodFrom = new Date(end).toISOString().slice(0, 10);
  if (random.chance(leaves)) {
    const involuntary = random.chance(clubs.unpaid);
    story.tell(involuntary ? end : end - random.between(1, 20) * DAY, 'subscription.cancelled', subject, {
      subscriptionId,
      endsOn: periodFrom,
      ...(involuntary ? { involuntary, reason: 'not-paid' } : { reason: random.pick(clubs.reasons) }),
    });
    return;
  }
  story.at(end, () => {
    story.tell(end, 'subscription.renewed', subject, {
      subscriptionId,
      periodFrom,
      paid: euros(club.price),
    });
    goOn(story, membership, period + 1);
  });
}
