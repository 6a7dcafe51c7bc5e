import type { ReadModelsDefinition } from '@perennial/read-models';
import { cohortTriangle } from './cohorts/cohort-triangle.view.js';
import { cohorts } from './cohorts/cohorts.view.js';
import { returningCustomers } from './cohorts/returning-customers.view.js';
import { orderCosts } from './costs/order-cost.facts.js';
import { orderMargins } from './costs/order-margin.view.js';
import { productCostPeriods, productCosts } from './costs/product-cost.facts.js';
import { groupChanges } from './groups/group-change.facts.js';
import { groupThresholds } from './groups/group-thresholds.facts.js';
import { grouping } from './groups/groups.policy.js';
import { relationshipGroups, thresholdsInForce } from './groups/relationship-group.view.js';
import { adoption } from './life-cycle/adoption.view.js';
import { conversions, reportingCurrency } from './money/conversion.view.js';
import { exchangeRates } from './money/exchange-rate.facts.js';
import { missingRates } from './money/missing-rate.view.js';
import { reportingCurrencySettings } from './money/reporting-currency.facts.js';
import { orderLines } from './products/order-line.view.js';
import { products } from './products/product.facts.js';
import { customerEquity } from './equity/customer-equity.view.js';
import { equityParts } from './equity/equity-part.view.js';
import { futureCustomers } from './equity/future-customers.view.js';
import { equityMeasurements } from './equity/equity-measurement.facts.js';
import { fitFailures } from './models/fit-failure.facts.js';
import { models } from './models/model.facts.js';
import { calibration, modelQuality, modelVersions, subscriptionModels } from './models/models.view.js';
import { orderReturns } from './purchases/order-return.facts.js';
import { orders } from './purchases/order.facts.js';
import { purchaseDays } from './purchases/purchase-day.view.js';
import { Purchases } from './purchases/purchases.derived.js';
import { riskHistory } from './risk/risk-history.facts.js';
import { riskAnnouncements } from './risk/risk-announcement.facts.js';
import { scores } from './scores/scores.computed.js';
import { scorings } from './scores/scoring.facts.js';
import { scoring } from './scores/scoring.policy.js';
import { recencyFrequencyValue, segments } from './segments/segments.view.js';
import { subscriptionRenewals } from './subscriptions/subscription-renewal.facts.js';
import { subscriptions } from './subscriptions/subscription.facts.js';
import { subscriptionLives } from './subscriptions/subscriptions.view.js';
import { survivalCurves } from './survival/survival.view.js';
import { sharesOfWallet } from './wallet/share-of-wallet.view.js';
import { walletStatements } from './wallet/wallet-statement.facts.js';

/** What retention knows. */
export const retention: ReadModelsDefinition = {
  schema: 'retention',
  facts: [
    orders,
    orderReturns,
    products,
    productCosts,
    orderCosts,
    exchangeRates,
    reportingCurrencySettings,
    subscriptions,
    subscriptionRenewals,
    walletStatements,
    models,
    fitFailures,
    scorings,
    riskAnnouncements,
    riskHistory,
    groupThresholds,
    groupChanges,
    equityMeasurements,
  ],
  tables: [Purchases],
  computed: [scores],
  views: [
    purchaseDays,
    cohorts,
    recencyFrequencyValue,
    segments,
    reportingCurrency,
    conversions,
    orderLines,
    productCostPeriods,
    orderMargins,
    subscriptionLives,
    missingRates,
    cohortTriangle,
    returningCustomers,
    survivalCurves,
    sharesOfWallet,
    modelVersions,
    subscriptionModels,
    modelQuality,
    calibration,
    adoption,
    thresholdsInForce,
    relationshipGroups,
    customerEquity,
    futureCustomers,
    equityParts,
  ],
  policies: [scoring, grouping],
};
