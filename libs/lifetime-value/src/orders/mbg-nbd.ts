import { betaGeometric } from './beta-geometric.js';
import { orderModel } from './order-model.js';

export const mbgNbd = orderModel(
  betaGeometric(
    {
      name: 'mbg-nbd',
      title: 'MBG/NBD',
      source:
        'Batislam, Denizel, Filiztekin 2007, Empirical validation and comparison of models for customer base analysis, Int. J. of Research in Marketing 24:3',
    },
    1,
  ),
);
