import { Random } from '../chance/random.js';
import { assortment } from '../company/assortment.js';
import { DAY } from '../company/calendar.js';
import { survey } from '../company/company.parameters.js';
import { euros } from '../company/shelf.js';
import type { Customer } from '../customers/customer.js';
import type { Story } from '../simulation/story.js';

const topLevel = (category: string) => category.split(' / ')[0]!;

/** Some say what they spend in a category with all shops together; of others a panel estimates it. */
export function maybeAnswerSurvey(story: Story, customer: Customer): void {
  const random = new Random(`${customer.email}/survey`);
  if (!random.chance(survey.share) || !customer.user) return;
  const subject = customer.user;
  const declared = random.chance(survey.declared);
  const category = topLevel(assortment[random.weighted(customer.taste)]!.name);
  const spend = Math.round(random.gamma(survey.spend.shape, survey.spend.mean)) * 100;
  const [low, high] = declared ? survey.confidence.declared : survey.confidence.estimated;
  story.tell(story.now + random.between(...survey.after) * DAY, 'wallet.declared', subject, {
    category,
    spend: euros(Math.max(spend, 1000)),
    period: 'year',
    basis: declared ? 'declared' : 'estimated',
    source: declared ? 'survey' : 'household-panel',
    confidence: Math.round(100 * random.between(low, high)) / 100,
  });
}
