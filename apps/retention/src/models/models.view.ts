import type { AnalystView } from '@perennial/read-models';

/** The versions of the models, readable. */
export const modelVersions: AnalystView = {
  name: 'models',
  comment: 'One row a version of the models that scores are computed by.',
  columns: {
    version: 'version: 1, 2, 3 …',
    fitted_at: 'when it was fitted',
    as_of: 'data cut: the fit knows orders up to the end of this day (UTC)',
    reason:
      'why it was fitted: first, schedule, drift (customers are no longer those it was fitted to), currency, asked',
    customers: 'customers with an order until then',
    repeat_customers: 'customers with orders on more than one day',
    order_days: 'days with orders, over all customers',
    outliers:
      'customers whom the fit left out, because of days or amounts that can hardly be true of this company; "problems" says which',
    subscriptions: 'subscriptions that had begun until then',
    ended_subscriptions: 'those of them that had ended, or of which notice was given',
    order_model: 'model of how often customers order, and when they stop',
    order_parameters: 'its parameters; time in units of order_unit_days',
    order_standard_errors: 'their standard errors; empty where the data do not determine them',
    order_unit_days: 'days in the unit of time of the parameters',
    log_likelihood: 'log-likelihood at the parameters',
    converged: 'whether the fit ended at a maximum',
    spend_model: 'model of what an order day is worth; empty: own mean, as if with one average day more',
    spend_parameters: 'its parameters',
    spend_correlation: 'correlation of frequency and value of an order day; the spend model takes it to be 0',
    average_value: 'value of an order day on average',
    lifetime_value_low:
      'how far the lifetime values of all orders together may be off because parameters are estimates: with 80 % they lie between this multiple of what is told …',
    lifetime_value_high: '… and this one; empty where the data do not determine the parameters',
    chance_intercept:
      'what the chances to order are corrected by, and so churn risk: their log-odds are this much higher …',
    chance_slope:
      '… after they were multiplied by this; 0 and 1: nothing was off clearly enough; empty: nobody knows',
    currency: 'currency of values: ISO 4217 code',
    horizon_days: 'days ahead that orders, value and churn risk are told for',
    discount_rate: 'what money a year later is worth less: 0.1 is 10 % a year',
    margin_rate: 'part of revenue that counts as value where no cost is known',
    prior: 'knowledge from elsewhere that the fit leans on because customers are few; empty: none',
    problems:
      'what a reader must know of the fit; what concerns the model of what an order day is worth begins with "Spend: "',
  },
  sql: `
    select version, fitted_at, as_of, fitted ->> 'reason', (fitted #>> '{population,customers}')::int,
           (fitted #>> '{population,repeatCustomers}')::int, (fitted #>> '{population,orderDays}')::int,
           coalesce((fitted #>> '{outliers,early}')::int + (fitted #>> '{outliers,dear}')::int, 0),
           coalesce((fitted #>> '{population,subscriptions}')::int, 0),
           coalesce((fitted #>> '{population,endedSubscriptions}')::int, 0),
           fitted #>> '{orders,model}', fitted #> '{orders,parameters}', fitted #> '{orders,standardErrors}',
           (fitted #>> '{orders,unitDays}')::numeric, (fitted #>> '{orders,logLikelihood}')::numeric,
           (fitted #>> '{orders,converged}')::boolean, fitted #>> '{spend,model}', fitted #> '{spend,parameters}',
           (fitted ->> 'spendCorrelation')::numeric, round((fitted ->> 'averageValue')::numeric, 2),
           round((fitted #>> '{lifetimeValueRange,low}')::numeric, 4), round((fitted #>> '{lifetimeValueRange,high}')::numeric, 4),
           round((fitted #>> '{chanceCorrection,intercept}')::numeric, 4), round((fitted #>> '{chanceCorrection,slope}')::numeric, 4),
           fitted ->> 'currency', (fitted #>> '{assumptions,horizonDays}')::int,
           (fitted #>> '{assumptions,discountRate}')::numeric, (fitted #>> '{assumptions,marginRate}')::numeric,
           fitted ->> 'prior',
           array(select jsonb_array_elements_text(fitted #> '{orders,problems}'))
             || array(select 'Spend: ' || problem from jsonb_array_elements_text(fitted #> '{spend,problems}') problem)
      from model`,
};

/** What was fitted to subscriptions, readable. */
export const subscriptionModels: AnalystView = {
  name: 'subscription_models',
  comment:
    'How long subscriptions last, by the length of their periods (sBG: Fader and Hardie 2007). One row a version of the models and length.',
  columns: {
    version: 'version of the models; joins "models"',
    period_days: 'days of one period, on average: a month 30.436875, a year 365.2425',
    subscriptions: 'subscriptions with such periods that had begun',
    ended: 'those of them that had ended, or of which notice was given',
    average_fee: 'value of one period on average',
    alpha: 'parameter of the probability to leave at a renewal: Beta(alpha, beta)',
    beta: 'its other parameter',
    converged: 'whether the fit ended at a maximum',
    prior: 'knowledge from elsewhere that the fit leans on because few have ended; empty: none',
    problems: 'what a reader must know of the fit',
  },
  sql: `
    select version, (term #>> '{renewal,unitDays}')::numeric, (term ->> 'subscriptions')::int, (term ->> 'ended')::int,
           round((term ->> 'averageFee')::numeric, 2), (term #>> '{renewal,parameters,alpha}')::numeric,
           (term #>> '{renewal,parameters,beta}')::numeric, (term #>> '{renewal,converged}')::boolean, term ->> 'prior',
           array(select jsonb_array_elements_text(term #> '{renewal,problems}'))
      from model cross join jsonb_array_elements(fitted -> 'subscriptions') term`,
};

/** SQL: a common table expression of what was held out, of orders and of each length of subscriptions' periods. */
const heldOut = `held_out as (
      select version, 'orders' as foretold, null::numeric as period_days, fitted #>> '{orders,model}' as chosen,
             fitted -> 'holdout' as holdout, fitted #> '{holdout,customers}' as customers,
             case when (fitted #>> '{chanceCorrection,intercept}')::numeric <> 0 or (fitted #>> '{chanceCorrection,slope}')::numeric <> 1
                  then fitted -> 'chanceCorrection' end as correction
        from model
      union all
      select version, 'renewals', (term #>> '{renewal,unitDays}')::numeric, term #>> '{renewal,model}',
             term -> 'holdout', term #> '{holdout,subscriptions}', null
        from model cross join jsonb_array_elements(fitted -> 'subscriptions') term
    )`;

/** Models and naive rules side by side, on a period that they had not seen. */
export const modelQuality: AnalystView = {
  name: 'model_quality',
  comment:
    'How well each model, and each naive rule beside it, foretold a period that it had not seen. One row a version of the models, what was foretold, and candidate.',
  columns: {
    version: 'version of the models; joins "models"',
    foretold: 'orders: days with orders; renewals: of subscriptions',
    period_days: 'days of one period of the subscriptions, on average; empty of orders',
    candidate: 'the model or the naive rule',
    naive: 'whether it is a rule of thumb that a model has to beat',
    chosen: 'whether scores are computed by it',
    holdout_from: 'first day of the period that was held out',
    holdout_until: 'its last day',
    customers: 'customers who had ordered before it; of renewals: subscriptions that ran, without notice',
    actual: 'order days, or renewals, in it',
    predicted: 'order days, or renewals, that the candidate expected',
    aggregate_error: 'predicted divided by actual, less 1: 0.05 is 5 % too many',
    mean_absolute_error: 'what it was off by, a customer or subscription',
    root_mean_square_error: 'the same with squares: large misses count more',
    deviance: 'mean Poisson deviance: what the model of orders is chosen by; the least is the best',
    brier_score:
      'mean squared difference between the probability to order, or to run on to the end, and whether it was so: what churn risk is judged by',
    calibration_error:
      'how far that probability and the share of those with whom it was so are apart, on average over tenths: 0.02 is two in a hundred; "calibration" has the tenths of the chosen one; empty of fits before it was told',
    corrected_error:
      'the same where the chances of each fifth of the customers are corrected by what was off with the others: less; empty where nothing is corrected, and of others than the chosen one',
    auc: 'how often it ranked who ordered, or renewed, above one who did not: 0.5 is chance, 1 is always',
    spearman: 'rank correlation of expected and actual order days or renewals',
    top_decile_lift:
      'order days or renewals of the tenth that it ranked highest, as a multiple of the average',
  },
  sql: `
    with ${heldOut}
    select version, foretold, period_days, r ->> 'name', (r ->> 'naive')::boolean, r ->> 'name' = chosen,
           (holdout ->> 'from')::date, (holdout ->> 'until')::date, customers::int, (holdout ->> 'actual')::int,
           round((r ->> 'predicted')::numeric, 1), round((r ->> 'aggregateError')::numeric, 4),
           round((r ->> 'meanAbsoluteError')::numeric, 4), round((r ->> 'rootMeanSquareError')::numeric, 4),
           round((r ->> 'deviance')::numeric, 4), round((r ->> 'brierScore')::numeric, 4),
           round((r ->> 'calibrationError')::numeric, 4),
           case when r ->> 'name' = chosen then round((correction ->> 'calibrationError')::numeric, 4) end,
           round((r ->> 'auc')::numeric, 4), round((r ->> 'spearman')::numeric, 4),
           round((r ->> 'topDecileLift')::numeric, 2)
      from held_out cross join lateral jsonb_array_elements(holdout -> 'results') r`,
};

/** What churn risk said, and what became of it. */
export const calibration: AnalystView = {
  name: 'calibration',
  comment:
    'Whether of a hundred customers with a churn risk of 0.66 about 66 stay away: what the chosen model said of the period that was held out, and what happened. One row a version of the models, what was foretold, and tenth; nothing of fits before it was told.',
  columns: {
    version: 'version of the models; joins "models" and "model_quality"',
    foretold:
      'orders: that a customer orders; renewals: that a subscription runs on to the end of the period',
    period_days: 'days of one period of the subscriptions, on average; empty of orders',
    candidate: 'the model that was chosen, as it was fitted to the days before the period',
    holdout_from: 'first day of the period that was held out',
    holdout_until: 'its last day',
    tenth: 'tenth of the customers, or subscriptions: 1 has the highest risk, 10 the lowest',
    customers: 'customers in it; of renewals: subscriptions',
    expected: 'probability to order in the period, or to run on, on average',
    actual: 'share of them who did',
    expected_risk: 'churn risk: 1 - expected',
    actual_risk: 'share of them who stayed away, or ended: 1 - actual',
    corrected_risk:
      'churn risk where each fifth of the customers is corrected by what was off with the others; empty where nothing is corrected, as that would not be clearly better ("chance_intercept" 0 and "chance_slope" 1 of "models")',
    by_chance:
      'how far the two may be apart by chance alone: twice the standard error of the share, which 19 of 20 keep to',
  },
  sql: `
    with ${heldOut}
    select version, foretold, period_days, chosen, (holdout ->> 'from')::date, (holdout ->> 'until')::date,
           number::int, (t ->> 'count')::int, round(expected, 4), round(actual, 4), 1 - round(expected, 4),
           1 - round(actual, 4), round(1 - (correction #>> array['calibration', (number - 1)::text, 'expected'])::numeric, 4),
           round(2 * sqrt(greatest(0, expected * (1 - expected)) / nullif((t ->> 'count')::numeric, 0)), 4)
      from held_out cross join lateral jsonb_array_elements(holdout -> 'results') r
           cross join lateral jsonb_array_elements(r -> 'calibration') with ordinality tenths (t, number)
           cross join lateral (select (t ->> 'expected')::numeric, (t ->> 'actual')::numeric) share (expected, actual)
     where r ->> 'name' = chosen`,
};
