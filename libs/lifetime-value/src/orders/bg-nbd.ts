import { betaGeometric } from './beta-geometric.js';
import { orderModel } from './order-model.js';

/**
 * Its probability to be alive is 1 for everybody without a repeat order, however long ago: no churn score.
 * Take `probabilityActive`, or another model.
 */
export const bgNbd = orderModel(
  betaGeometric(
    {
      name: 'bg-nbd',
      title: 'BG/NBD',
      source: 'Fader, Hardie, Lee 2005, "Counting your customers" the easy way, Marketing Science 24:2',
    },
    0,
  ),
);
