import { utcMilliseconds } from '@perennial/events';
import { Computed, FactTable, facts, Key, Latest, Max, Min, SubjectKey, Sum } from '@perennial/read-models';

@FactTable('shipment', { comment: 'One row a shipment of an order: promised, on its way, arrived.' })
export class Shipment {
  @SubjectKey() subjectId!: string;
  @Key('text', 'order number') orderId!: string;
  @Key('text', 'number of the shipment') shipmentId!: string;
  @Latest('text', 'who carries it') carrier?: string;
  @Min('timestamptz', 'when it left the warehouse') dispatchedAt?: string;
  @Latest('timestamptz', 'until when delivery was promised, as promised last') promisedAt?: string;
  @Min('timestamptz', 'when it arrived') deliveredAt?: string;
  @Sum('integer', 'attempts that failed') failures!: number;
  @Max('timestamptz', 'when an attempt failed last') failedAt?: string;
  @Computed(
    'boolean',
    'delivered_at > promised_at',
    'whether it arrived after the promised time; empty until it arrives, or where nothing was promised',
  )
  late?: boolean;
}

export const shipments = facts(Shipment, {
  'shipment.dispatched': ({ data, time }) => ({
    orderId: data.orderId,
    shipmentId: data.shipmentId,
    carrier: data.carrier,
    dispatchedAt: time,
    promisedAt: data.promisedAt && utcMilliseconds(data.promisedAt),
  }),
  'shipment.delivered': ({ data, time }) => ({
    orderId: data.orderId,
    shipmentId: data.shipmentId,
    deliveredAt: time,
  }),
  'shipment.failed': ({ data, time }) => ({
    orderId: data.orderId,
    shipmentId: data.shipmentId,
    failures: 1,
    failedAt: time,
  }),
});
