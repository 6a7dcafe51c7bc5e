"""
The peer of lifetime-value.bench.ts: the Python package lifetimes, told over stdin what to do, one word a line, and
answering with the seconds of processor time that it took. Columns come as files of doubles.
"""
import sys
import time
import warnings

import numpy
import pandas
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

warnings.filterwarnings("ignore")
folder, some = sys.argv[1], int(sys.argv[2])
frequency, recency, age, spend = (pandas.Series(numpy.fromfile(f"{folder}/{name}.f64")) for name in ("frequency", "recency", "age", "spend"))
bought = frequency > 0
models = {}


def bg_nbd():
    models["bg"] = BetaGeoFitter(penalizer_coef=0.0)
    models["bg"].fit(frequency, recency, age)
    return models["bg"].params_


def gamma_gamma():
    models["gg"] = GammaGammaFitter(penalizer_coef=0.0)
    models["gg"].fit(frequency[bought], spend[bought])
    return models["gg"].params_


def pareto_nbd():
    model = ParetoNBDFitter(penalizer_coef=0.0)
    model.fit(frequency[:some], recency[:some], age[:some])
    return model.params_


def score():
    bg, gg = models["bg"], models["gg"]
    alive = bg.conditional_probability_alive(frequency, recency, age)
    orders = bg.conditional_expected_number_of_purchases_up_to_time(52, frequency, recency, age)
    worth = gg.conditional_expected_average_profit(frequency, spend)
    value = gg.customer_lifetime_value(bg, frequency, recency, age, spend, time=12, freq="W", discount_rate=0.008)
    return {"alive": alive.mean(), "orders": orders.mean(), "worth": worth.mean(), "value": value.mean()}


tasks = {"bg-nbd": bg_nbd, "gamma-gamma": gamma_gamma, "pareto-nbd": pareto_nbd, "score": score}
print("ready", flush=True)
for line in sys.stdin:
    # Of one run, in the mean of as many as a second of processor time holds.
    begin = time.process_time()
    runs, seconds = 0, 0.0
    while seconds < 1:
        answer = tasks[line.strip()]()
        runs, seconds = runs + 1, time.process_time() - begin
    print(seconds / runs, {name: float(value) for name, value in dict(answer).items()}, flush=True)
