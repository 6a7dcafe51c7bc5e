import { bgBb } from './bg-bb.js';
import { bgNbd } from './bg-nbd.js';
import { mbgNbd } from './mbg-nbd.js';
import { paretoNbd } from './pareto-nbd.js';
import type { OrderModel } from './order-model.js';

/** All models of orders by name. */
export const orderModels: Readonly<Record<string, OrderModel>> = Object.fromEntries(
  [bgNbd, mbgNbd, paretoNbd, bgBb].map((model) => [model.name, model]),
);

/** The model of this name. Throws a RangeError that lists the names. */
export function orderModelOf(name: string): OrderModel {
  const model = Object.hasOwn(orderModels, name) ? orderModels[name] : undefined;
  if (model) return model;
  throw new RangeError(
    `There is no order model "${name}"; there are ${Object.keys(orderModels).join(', ')}.`,
  );
}
