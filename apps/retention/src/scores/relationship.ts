/** SQL: days since the first order or the first subscription, of a row of "scores". */
export const relationshipDays = 'greatest(age_days, subscribed_days)';
