import type { Discount } from '@perennial/lifetime-value';
import type { Assumptions } from '../models/models.decider.js';

/** Where money later is worth no less, the future has to end somewhere: after twenty years. */
export const END_WITHOUT_DISCOUNT = 7_305;

export const discountOf = ({ discountRate }: Pick<Assumptions, 'discountRate'>): Discount => ({
  annualDiscountRate: discountRate,
  ...(discountRate === 0 && { horizonDays: END_WITHOUT_DISCOUNT }),
});
