"""Cash flow: what a scenario pays by month of its schedule, or what accrues, draw by draw.

`draws` distributes every line over the months: `accrual` says when a line accrues, `payments` when it is paid, and `profiles`
counts the shares of months. `calendar` names the periods, `budget` compares them with a budget, and `summary` adds them up.
"""

from simulator.analysis.cashflow.accrual import MONTH as MONTH
from simulator.analysis.cashflow.bands import bands as bands
from simulator.analysis.cashflow.calendar import PERIODS as PERIODS
from simulator.analysis.cashflow.calendar import PeriodLength as PeriodLength
from simulator.analysis.cashflow.calendar import parse_start as parse_start
from simulator.analysis.cashflow.draws import DEFAULTS as DEFAULTS
from simulator.analysis.cashflow.draws import DRAWS as DRAWS
from simulator.analysis.cashflow.draws import VIEWS as VIEWS
from simulator.analysis.cashflow.draws import CashFlowDraws as CashFlowDraws
from simulator.analysis.cashflow.draws import View as View
from simulator.analysis.cashflow.draws import simulate_cash_flow as simulate_cash_flow
from simulator.analysis.cashflow.results import Band as Band
from simulator.analysis.cashflow.results import BudgetInTime as BudgetInTime
from simulator.analysis.cashflow.results import BudgetPeriod as BudgetPeriod
from simulator.analysis.cashflow.results import CashFlow as CashFlow
from simulator.analysis.cashflow.results import LineFlow as LineFlow
from simulator.analysis.cashflow.results import Period as Period
from simulator.analysis.cashflow.summary import cash_flow as cash_flow
from simulator.analysis.cashflow.summary import cash_flow_of_draws as cash_flow_of_draws
