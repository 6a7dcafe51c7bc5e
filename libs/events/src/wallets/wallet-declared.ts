import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, OneOf, Text } from '../schemas.js';

/** What a customer spends in a category with all suppliers together, as declared or as estimated. */
export const walletDeclared = eventType('wallet.declared', {
  version: 1,
  description:
    'What a customer spends in a category with all suppliers together: declared by the customer, or estimated by somebody. The latest statement of a source holds.',
  data: Fields({
    category: Text({
      maxLength: 500,
      description: 'Category of products; levels parted by " / ". It holds for all levels below.',
    }),
    spend: Money({ description: 'What is spent in one period.' }),
    period: OneOf(['month', 'quarter', 'year'], { description: 'The period.' }),
    basis: OneOf(['declared', 'estimated'], {
      description: 'declared: the customer said so. estimated: somebody else concluded it.',
    }),
    source: Text({ description: 'Where it comes from, e.g. survey-2026 or panel.' }),
    confidence: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'How sure the source is of it: above 0, at most 1. The surest statement is used.',
    }),
  }),
  example: {
    category: 'Home / Lights',
    spend: { amount: '400', currency: 'EUR' },
    period: 'year',
    basis: 'declared',
    source: 'survey-2026',
    confidence: 0.8,
  },
});
