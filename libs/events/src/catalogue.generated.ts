// Written by "npm run generate" from the files of the concept folders.
import { activityRecorded } from './browsing/activity-recorded.js';
import { pageViewed } from './browsing/page-viewed.js';
import { productListViewed } from './browsing/product-list-viewed.js';
import { productReviewed } from './browsing/product-reviewed.js';
import { productShared } from './browsing/product-shared.js';
import { productViewed } from './browsing/product-viewed.js';
import { productWished } from './browsing/product-wished.js';
import { productsSearched } from './browsing/products-searched.js';
import { screenViewed } from './browsing/screen-viewed.js';
import { cartItemAdded } from './carts/cart-item-added.js';
import { cartItemRemoved } from './carts/cart-item-removed.js';
import { cartViewed } from './carts/cart-viewed.js';
import { checkoutStarted } from './carts/checkout-started.js';
import { couponApplied } from './carts/coupon-applied.js';
import { groupChanged } from './groups/group-changed.js';
import { groupThresholdsSet } from './groups/group-thresholds-set.js';
import { customerErased } from './identity/customer-erased.js';
import { customersMerged } from './identity/customers-merged.js';
import { customersSplit } from './identity/customers-split.js';
import { identityLinked } from './identity/identity-linked.js';
import { identityUnlinked } from './identity/identity-unlinked.js';
import { modelFitFailed } from './models/model-fit-failed.js';
import { modelFitted } from './models/model-fitted.js';
import { exchangeRatePublished } from './money/exchange-rate-published.js';
import { reportingCurrencySet } from './money/reporting-currency-set.js';
import { orderCancelled } from './orders/order-cancelled.js';
import { orderCostStated } from './orders/order-cost-stated.js';
import { orderPlaced } from './orders/order-placed.js';
import { orderReturned } from './orders/order-returned.js';
import { orderUpdated } from './orders/order-updated.js';
import { productCostStated } from './products/product-cost-stated.js';
import { productListed } from './products/product-listed.js';
import { productWithdrawn } from './products/product-withdrawn.js';
import { consentChanged } from './profile/consent-changed.js';
import { customerRegistered } from './profile/customer-registered.js';
import { profileUpdated } from './profile/profile-updated.js';
import { equityMeasured } from './scores/equity-measured.js';
import { riskChanged } from './scores/risk-changed.js';
import { scoresRefreshed } from './scores/scores-refreshed.js';
import { inquiryReceived } from './service/inquiry-received.js';
import { shipmentDelivered } from './shipments/shipment-delivered.js';
import { shipmentDispatched } from './shipments/shipment-dispatched.js';
import { shipmentFailed } from './shipments/shipment-failed.js';
import { subscriptionCancelled } from './subscriptions/subscription-cancelled.js';
import { subscriptionChanged } from './subscriptions/subscription-changed.js';
import { subscriptionRenewed } from './subscriptions/subscription-renewed.js';
import { subscriptionResumed } from './subscriptions/subscription-resumed.js';
import { subscriptionStarted } from './subscriptions/subscription-started.js';
import { walletDeclared } from './wallets/wallet-declared.js';

/** Every event type by its name. */
export const catalogue = {
  'activity.recorded': activityRecorded,
  'cart.item.added': cartItemAdded,
  'cart.item.removed': cartItemRemoved,
  'cart.viewed': cartViewed,
  'checkout.started': checkoutStarted,
  'consent.changed': consentChanged,
  'coupon.applied': couponApplied,
  'customer.erased': customerErased,
  'customer.registered': customerRegistered,
  'customers.merged': customersMerged,
  'customers.split': customersSplit,
  'equity.measured': equityMeasured,
  'exchange.rate.published': exchangeRatePublished,
  'group.changed': groupChanged,
  'group.thresholds.set': groupThresholdsSet,
  'identity.linked': identityLinked,
  'identity.unlinked': identityUnlinked,
  'inquiry.received': inquiryReceived,
  'model.fit.failed': modelFitFailed,
  'model.fitted': modelFitted,
  'order.cancelled': orderCancelled,
  'order.cost.stated': orderCostStated,
  'order.placed': orderPlaced,
  'order.returned': orderReturned,
  'order.updated': orderUpdated,
  'page.viewed': pageViewed,
  'product.cost.stated': productCostStated,
  'product.list.viewed': productListViewed,
  'product.listed': productListed,
  'product.reviewed': productReviewed,
  'product.shared': productShared,
  'product.viewed': productViewed,
  'product.wished': productWished,
  'product.withdrawn': productWithdrawn,
  'products.searched': productsSearched,
  'profile.updated': profileUpdated,
  'reporting.currency.set': reportingCurrencySet,
  'risk.changed': riskChanged,
  'scores.refreshed': scoresRefreshed,
  'screen.viewed': screenViewed,
  'shipment.delivered': shipmentDelivered,
  'shipment.dispatched': shipmentDispatched,
  'shipment.failed': shipmentFailed,
  'subscription.cancelled': subscriptionCancelled,
  'subscription.changed': subscriptionChanged,
  'subscription.renewed': subscriptionRenewed,
  'subscription.resumed': subscriptionResumed,
  'subscription.started': subscriptionStarted,
  'wallet.declared': walletDeclared,
};
